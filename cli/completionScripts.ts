/** Writes completion scripts for shells. Each finds the subcommand on the line, then offers its subcommands and options. */

/** A command as a shell sees it. */
export interface Node {
    /** The subcommands that lead to it: empty for the command itself, then `/stack`, `/stack/init`. */
    path: string;
    subcommands: { name: string; description: string }[];
    options: {
        short: string | undefined;
        long: string | undefined;
        description: string;
        takesValue: boolean;
    }[];
}

/** By the name of the shell. */
export const SHELLS: ReadonlyMap<string, (nodes: Node[]) => string> = new Map([
    ["bash", bash],
    ["zsh", zsh],
    ["fish", fish],
]);

const flagsOf = ({ short, long }: Node["options"][number]): string[] =>
    [short, long].filter((flag) => flag !== undefined);
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const subcommandPaths = (nodes: Node[]): string[] => nodes.map(({ path }) => path).filter((path) => path !== "");

/** `PATH FLAG` of every option that is followed by a value. */
const valueFlags = (nodes: Node[]): string[] =>
    nodes.flatMap(({ path, options }) =>
        options
            .filter(({ takesValue }) => takesValue)
            .flatMap((option) => flagsOf(option).map((flag) => `${path} ${flag}`)),
    );

/** Without a match, bash completes file names. */
function bash(nodes: Node[]): string {
    const words = nodes.map(({ path, subcommands, options }) => {
        const all = [...subcommands.map(({ name }) => name), ...options.flatMap(flagsOf)];
        return `        ${quote(path)}) words=${quote(all.join(" "))} ;;`;
    });
    return `# bash completion for pulumi-agb. To load it: source <(pulumi-agb gen-completion bash)
_pulumi_agb() {
    local at="" words="" skip="" i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ -n $skip ]]; then skip=""; continue; fi
        case "$at/\${COMP_WORDS[i]}" in
            ${subcommandPaths(nodes).map(quote).join(" | ")}) at="$at/\${COMP_WORDS[i]}" ;;
        esac
        case "$at \${COMP_WORDS[i]}" in
            ${valueFlags(nodes).map(quote).join(" | ")}) skip=1 ;;
        esac
    done
    if [[ -n $skip ]]; then return; fi
    case "$at" in
${words.join("\n")}
    esac
    COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _pulumi_agb pulumi-agb
`;
}

function zsh(nodes: Node[]): string {
    const item = (name: string, description: string): string => quote(`${name.replaceAll(":", "\\:")}:${description}`);
    const items = nodes.map(({ path, subcommands, options }) => {
        const commands = subcommands.map(({ name, description }) => item(name, description));
        const flags = options.flatMap((option) => flagsOf(option).map((flag) => item(flag, option.description)));
        return `        ${quote(path)}) commands=(${commands.join(" ")}); flags=(${flags.join(" ")}) ;;`;
    });
    return `#compdef pulumi-agb
# zsh completion for pulumi-agb. To load it: source <(pulumi-agb gen-completion zsh)
_pulumi_agb() {
    local at="" skip="" i
    local -a commands flags
    for ((i = 2; i < CURRENT; i++)); do
        if [[ -n $skip ]]; then skip=""; continue; fi
        case "$at/\${words[i]}" in
            ${subcommandPaths(nodes).map(quote).join(" | ")}) at="$at/\${words[i]}" ;;
        esac
        case "$at \${words[i]}" in
            ${valueFlags(nodes).map(quote).join(" | ")}) skip=1 ;;
        esac
    done
    if [[ -n $skip ]]; then _files; return; fi
    case "$at" in
${items.join("\n")}
    esac
    if [[ \${words[CURRENT]} == -* ]]; then _describe -o option flags
    elif (( \${#commands} > 0 )); then _describe command commands
    else _files
    fi
}
compdef _pulumi_agb pulumi-agb
`;
}

function fish(nodes: Node[]): string {
    const single = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;
    const lines = nodes.flatMap(({ path, subcommands, options }) => {
        const complete = `complete -c pulumi-agb -n ${single(`__pulumi_agb_at ${single(path)}`)}`;
        return [
            ...subcommands.map(
                ({ name, description }) => `${complete} -f -a ${single(name)} -d ${single(description)}`,
            ),
            ...options.map(({ short, long, description, takesValue }) =>
                [
                    complete,
                    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
                    ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
                    ...(takesValue ? ["-r"] : []),
                    `-d ${single(description)}`,
                ].join(" "),
            ),
        ];
    });
    return `# fish completion for pulumi-agb. To load it: pulumi-agb gen-completion fish | source
function __pulumi_agb_at
    set -l at ""
    set -l skip ""
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip ""
            continue
        end
        switch "$at/$word"
            case ${subcommandPaths(nodes).map(single).join(" ")}
                set at "$at/$word"
        end
        switch "$at $word"
            case ${valueFlags(nodes).map(single).join(" ")}
                set skip 1
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}
