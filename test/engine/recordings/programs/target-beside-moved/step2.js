const { Thing } = require("recorder");
new Thing("b", { value: 1 }, { aliases: ["urn:pulumi:dev::rec::recorder:index:Group$pulumi-nodejs:dynamic/recorder:Thing::b"] });
