const { Thing, Group } = require("recorder");
const group = new Group("group");
group.registerOutputs({});
const a = new Thing("a", {});
new Thing("b", {}, { parent: group, dependsOn: [a] });
