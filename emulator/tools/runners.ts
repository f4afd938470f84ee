/**
 * The programs that run a session's code, one per language. They read the code from descriptor 3. When it has ended, they
 * write `{ result, executionError }` to descriptor 4. Each result is a JSON text with representations of a value by media
 * type.
 */

/** As in a notebook, `sys.exit()` is a normal end, and code can display values other than its last. */
export const PYTHON_RUNNER = `
import ast, json, os, sys, traceback, types
code = open(3, encoding="utf-8", closefd=True).read()
out = os.dup(4)
os.close(4)
os.set_inheritable(out, False)
shown = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_", "image/svg+xml": "_repr_svg_", "text/latex": "_repr_latex_"}
def looks(value):
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        return bundle[0] if isinstance(bundle, tuple) else dict(bundle)
    found = {"text/plain": repr(value)}
    for media, method in shown.items():
        text = getattr(value, method)() if hasattr(value, method) else None
        if text is not None:
            found[media] = text
    return found
result, error = [], None
def show(*values):
    for value in values:
        result.append(json.dumps({**looks(value), "isMainResult": False}, default=str))
def rich(media):
    class Rich:
        def __init__(self, data):
            self.data = data
        def _repr_mimebundle_(self, include=None, exclude=None):
            return {media: self.data, "text/plain": "<" + media + ">"}
    return Rich
display = types.ModuleType("IPython.display")
display.display = show
display.HTML, display.Markdown, display.SVG, display.Latex, display.JSON = map(rich, ["text/html", "text/markdown", "image/svg+xml", "text/latex", "application/json"])
sys.modules.setdefault("IPython", types.ModuleType("IPython")).display = display
sys.modules["IPython.display"] = display
names = {"__name__": "__main__", "__builtins__": __builtins__}
try:
    tree = ast.parse(code, "<code>")
    last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<code>", "exec"), names)
    if last is not None:
        value = eval(compile(last, "<code>", "eval"), names)
        if value is not None:
            result.append(json.dumps({**looks(value), "isMainResult": True}, default=str))
except SystemExit as end:
    if end.code not in (None, 0):
        error = "SystemExit: " + str(end.code)
except BaseException as problem:
    error = type(problem).__name__ + ": " + str(problem)
    frames = traceback.TracebackException.from_exception(problem)
    frames.stack = traceback.StackSummary.from_list([each for each in frames.stack if each.filename == "<code>"])
    sys.stderr.write("".join(frames.format()))
sys.stdout.flush()
sys.stderr.flush()
with open(out, "w", encoding="utf-8") as pipe:
    json.dump({"result": result, "executionError": error}, pipe)
`;

/** Awaits a promise as the last value, and whatever the code left running. Its own names are in a block: the code may use any. */
export const JAVASCRIPT_RUNNER = `
{
const { readFileSync, writeSync } = require("node:fs");
const { inspect } = require("node:util");
const vm = require("node:vm");
const code = readFileSync(3, "utf8");
const result = [];
let executionError = null;
const failed = (error) => {
    executionError = error instanceof Error ? String(error) : "Uncaught " + inspect(error);
    console.error(error instanceof Error ? error.stack.split("\\n    at ").filter((line, index) => index === 0 || line.includes("code.js")).join("\\n    at ") : executionError);
};
process.on("uncaughtException", failed);
process.on("exit", (exitCode) => {
    if (executionError === null && exitCode !== 0) executionError = "process.exit(" + exitCode + ")";
    const text = Buffer.from(JSON.stringify({ result, executionError }));
    for (let at = 0; at < text.length;) at += writeSync(4, text, at);
});
globalThis.require = require("node:module").createRequire("/home/code.js");
(async () => {
    const value = await vm.runInThisContext(code, { filename: "code.js", importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
    if (value !== undefined) result.push(JSON.stringify({ "text/plain": typeof value === "string" ? value : inspect(value), isMainResult: true }));
})().catch(failed);
}
`;
