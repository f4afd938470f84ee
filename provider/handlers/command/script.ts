/**
 * The shell scripts with which runs of commands are started, observed and ended in a session. They need a POSIX shell and the
 * usual utilities. A run has a folder that only its user can open: `/tmp/.pulumi-agb/ID/NUMBER`.
 */
import { shellQuoted } from "../../../common/shellQuoted";

const ROOT = "/tmp/.pulumi-agb";

/** The longest piece of output in one answer, and what a state keeps of each output. */
export const MAX_PIECE_BYTES = 64 * 1024;

/** The exit code of timeout(1) for a command that timed out, which a run that is ended gets, too. */
export const EXIT_ENDED = 124;

/** When processes that do not end by themselves are killed, and when a script stops trying. */
const KILL_SECONDS = 3;
const GIVE_UP_SECONDS = 10;

/** Where to continue reading an output. `end` reads the end of it once the run is over. */
export type Position = number | "end";

export interface RunAddress {
    /** The id of the command. */
    id: string;
    number: number;
}

const folderOf = (id: string): string => `${ROOT}/${id}`;

/** The file for one part of the text that the next run executes. Its name has a fixed length, so names sort by number. */
export const partPath = (id: string, part: number): string => `${folderOf(id)}/${partName(part)}`;
const partName = (part: number) => `script.${String(part).padStart(3, "0")}`;

/**
 * What a run executes: a command in its environment. All of it is on the first line of the command, so line numbers in error
 * messages are right.
 */
export function commandText(command: string, cwd: string | undefined, envs: Record<string, string>): string {
    const preamble = [
        "unset c",
        ...Object.entries(envs).map(([name, value]) => `export ${name}=${shellQuoted(value)}`),
        ...(cwd === undefined ? [] : [`cd -- ${shellQuoted(cwd)} || exit`]),
    ];
    return `${preamble.join("; ")}; ${command}`;
}

/** Prints when a process started, to distinguish it from a later one of the same id. Prints nothing if it has ended. */
const STARTED = `
started() {
    read -r line < "/proc/$1/stat" || return 0
    set -- \${line##*) }
    [ "$1" = Z ] || echo "\${20}"
} 2> /dev/null`;

/**
 * The process of a run. The command is read from a file that is removed at once: every user could read it among the arguments
 * of a process. The exit code is the last thing that it writes.
 */
const RUNNER = `${STARTED}
r=$PULUMI_AGB_RUN
echo "$$ $(started $$)" > "$r"pid.new && mv "$r"pid.new "$r"pid
date +%s > "$r"started
umask "$1"
shell=$(command -v bash || echo sh)
"$shell" -c 'c=$(cat "$PULUMI_AGB_RUN"script.* | base64 -d && rm -f "$PULUMI_AGB_RUN"script.*) || exit 126; eval "$c"' \\
    "\${shell##*/}" > "$r"stdout 2> "$r"stderr
code=$?
date +%s > "$r"finished
echo "$code" > "$r"exit.new && mv "$r"exit.new "$r"exit`;

/** Prints what is known of the run in the folder `$r`, and pieces of its output. */
const STATUS = `${STARTED}
piece() {
    [ -f "$r/$1" ] || return 0
    size=$(($(wc -c < "$r/$1")))
    from=$2
    if [ "$from" = end ]; then
        case $s in ended | lost) ;; *) return 0 ;; esac
        from=$((size > ${MAX_PIECE_BYTES} ? size - ${MAX_PIECE_BYTES} : 0))
    fi
    echo "@$1 $size $from $(tail -c "+$((from + 1))" "$r/$1" | head -c ${MAX_PIECE_BYTES} | base64 | tr -d '\\n')"
}
status() {
    if [ ! -d "$r" ]; then s=none
    elif [ -f "$r/exit" ]; then s=ended
    elif [ -f "$r/pid" ]; then
        read -r pid since < "$r/pid"
        if kill -0 "$pid" 2> /dev/null && [ "$(started "$pid")" = "$since" ]; then s=running
        elif [ -f "$r/exit" ]; then s=ended
        else s=lost
        fi
    else s=starting
    fi
    echo "@state $s"
    for name in digest exit started finished; do
        if [ -f "$r/$name" ]; then echo "@$name $(cat "$r/$name")"; fi
    done
    piece stdout "$1"
    piece stderr "$2"
    echo "@complete"
}`;

/** Creates the folder of a command, and prints the number and the status of its latest run. */
export const latestScript = (id: string): string => `d=${folderOf(id)}
(umask 077; mkdir -p "$d")
k=0
for f in "$d"/[0-9]*; do
    n=\${f##*/}
    if [ -d "$f" ] && [ "$n" -gt "$k" ]; then k=$n; fi
done
echo "@number $k"
r=$d/$k
${STATUS}
status end end`;

/** Starts a run whose text is in the given number of parts, unless it was started before. Removes earlier runs. */
export function startScript({ id, number }: RunAddress, parts: number, digest: string): string {
    const files = Array.from({ length: parts }, (_, part) => partPath(id, part)).join(" ");
    return `d=${folderOf(id)}
r=$d/${number}
mask=$(umask)
umask 077
if mkdir "$r" 2> /dev/null; then
    for f in "$d"/[0-9]*; do
        if [ "$f" != "$r" ]; then rm -rf "$f"; fi
    done
    if mv ${files} "$r"/ && echo ${digest} > "$r/digest"; then
        setsid=
        if command -v setsid > /dev/null 2>&1; then setsid=setsid; fi
        PULUMI_AGB_RUN=$r/ nohup $setsid sh -c ${shellQuoted(RUNNER)} sh "$mask" < /dev/null > /dev/null 2>&1 &
    fi
fi
${STATUS}
status 0 0`;
}

/** Prints the status of a run, with its output from the given positions on. */
export const statusScript = ({ id, number }: RunAddress, stdout: Position, stderr: Position): string =>
    `r=${folderOf(id)}/${number}
${STATUS}
status ${stdout} ${stderr}`;

/**
 * Ends the processes whose run is in a folder, at first politely. They are recognized by a variable of their environment,
 * because they may have left their parents.
 */
const endProcesses = (folder: string): string => `processes() {
    for p in $(grep -ls "PULUMI_AGB_RUN=${folder}/" /proc/[0-9]*/environ); do
        p=\${p#/proc/}
        echo "\${p%/environ}"
    done
}
begin=$(date +%s)
last=
while found=$(processes) && [ -n "$found" ]; do
    now=$(($(date +%s) - begin))
    if [ "$now" -ge ${GIVE_UP_SECONDS} ]; then break; fi
    if [ "$now" -ge ${KILL_SECONDS} ]; then kill -KILL $found 2> /dev/null
    elif [ "$now" != "$last" ]; then kill -TERM $found 2> /dev/null
    fi
    last=$now
    sleep 0.05 2> /dev/null || sleep 1
done`;

/** Ends a run. One that has no exit code yet gets the usual one for a command that timed out. */
export function endScript({ id, number }: RunAddress): string {
    const folder = `${folderOf(id)}/${number}`;
    return `${endProcesses(folder)}
r=${folder}
if [ -z "$found" ] && [ -d "$r" ] && [ ! -f "$r/exit" ]; then
    date +%s > "$r/finished"
    echo ${EXIT_ENDED} > "$r/exit"
fi
${STATUS}
status end end`;
}

/** Ends all processes of a command and removes its files. */
export function discardScript(id: string): string {
    const folder = folderOf(id);
    return `${endProcesses(folder)}
if [ -z "$found" ]; then rm -rf ${folder}; fi
if [ -d ${folder} ]; then echo "@state left"; else echo "@state none"; fi
echo "@complete"`;
}

/** Removes the files of a command. */
export const forgetScript = (id: string): string => `rm -rf ${folderOf(id)}
echo "@complete"`;
