const { Thing } = require("recorder");
const a = new Thing("renamed", { kind: 2, replaceOn: ["kind"] }, { deleteBeforeReplace: true, aliases: [{ name: "a" }] });
new Thing("b", { x: a.out, replaceOn: ["x"] });
new Thing("c", {}, { replaceWith: [a] });
