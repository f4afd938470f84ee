/** What every contender does in the benchmark `workflow`. `programs/workflow.py` repeats it for the official SDK. */

export const IMAGE = "agb-code-space-1";
export const PATHS = ["/home/one", "/home/two", "/home/three"];
export const FILE = "/home/one/data";
/** The official SDK cuts content into pieces of this length. */
export const PIECE = 51_200;
export const DATA = "x".repeat(Number(process.env.BENCH_BYTES));
export const CHECK = `wc -c < ${FILE}`;
