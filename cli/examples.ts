/** The examples in the help of each command. */

/** Maps a command, or "" for the help of all, to command lines without the command's own name, and what they do. */
export const EXAMPLES: Readonly<Record<string, readonly [command: string, effect: string][]>> = {
    "": [
        ["new quickstart", "Create a project in an empty folder"],
        ["config set --secret agb:apiKey --stack dev", "Set the API key of an AGB account, encrypted"],
        ["config set agb:endpoint local --stack dev", "Use the local AGB instead, without an account"],
        ["up --stack dev", "Deploy"],
    ],
    new: [
        ["new quickstart", "Create a project in the current folder"],
        ["new pipeline --dir nightly --yes", "Create one in a new folder, without questions"],
    ],
    up: [
        ["up --stack dev", "Deploy the stack, which is created if it does not exist"],
        ["up --yes --non-interactive", "Deploy in a script"],
        ["up --refresh", "Find out first what has changed outside the stack"],
    ],
    preview: [
        ["preview --diff", "Show every change in full"],
        ["preview --expect-no-changes", "Fail if there are changes"],
    ],
    refresh: [["refresh --yes", "Update the state without confirmation"]],
    destroy: [
        ["destroy --stack dev", "Delete the resources, and keep the stack"],
        ["destroy --yes --remove", "Delete the resources and the stack without confirmation"],
    ],
    output: [
        ["output sessionId", "Print one output"],
        ["output --json", "Print all outputs for a script"],
    ],
    keep: [
        ["keep --stack dev", "Renew the sessions of the stack until ^C"],
        [
            "keep --outputs outputs.json --on-change 'systemctl restart agent'",
            "Restart a service with each new session",
        ],
    ],
    stack: [
        ["stack init dev", "Create a stack and select it"],
        ["stack ls", "List the stacks of the project"],
        ["stack history --full-dates", "List the updates of the selected stack"],
    ],
    state: [
        ["state repair", "Show how a damaged state would be repaired"],
        ["state unprotect --all", "Allow all resources to be deleted"],
    ],
    config: [
        ["config set agb:endpoint local", "Use the local AGB"],
        ["config set --secret token", "Ask for a value, and encrypt it"],
        ["config set --path 'agb:forceDestroy[0]' Session:dev", "Set an item of a list"],
    ],
    cancel: [["cancel dev", "Remove the lock of a run that was killed"]],
    import: [["import notes --out import.json", "Write a file that imports the context named notes"]],
    context: [
        ["context files notes", "List the files of the context named notes"],
        ["context get notes /home/work/report.html", "Copy one of them to the current folder"],
        ["context put notes draft.md /home/work/draft.md", "Copy a file to the context"],
    ],
    session: [
        ["session list", "List the running sessions of the account"],
        ["session exec dev -- npm test", "Run a command in the one of the resource named dev"],
        ["session release session-9856888aaca43df46cf2bafb", "End one, and keep newer files in its contexts"],
    ],
    local: [
        ["local", "Serve on a free port, with a console"],
        ["local open", "Show what the local AGB in the background contains"],
        ["local --latency 100 --fault SyncContext:503:0.2", "Make calls slow, and some of them fail"],
    ],
    "gen-completion": [["gen-completion bash", "Print the script; source its output in ~/.bashrc"]],
};

/** The part of the help that shows the examples of a command. */
export function exampleHelp(command: string): string {
    const lines = (EXAMPLES[command] ?? []).map(([line, effect]) => [`npx pulumi-agb ${line}`, effect] as const);
    const width = Math.max(...lines.map(([line]) => line.length));
    return ["\nExamples:", ...lines.map(([line, effect]) => `  ${line.padEnd(width)}  ${effect}`)].join("\n");
}
