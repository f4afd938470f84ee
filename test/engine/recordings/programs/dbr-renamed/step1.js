const { Thing } = require("recorder");
const a = new Thing("a", { kind: 1, replaceOn: ["kind"] }, { deleteBeforeReplace: true });
new Thing("b", { x: a.out, replaceOn: ["x"] });
new Thing("c", {}, { replaceWith: [a] });
new Thing("d", {}, { replaceWith: [a] });
