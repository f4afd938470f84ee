/** Evaluates every model on every task, each pair in a sandbox of its own, and collects the results in one table. */
import * as pulumi from "@pulumi/pulumi";
import * as agb from "pulumi-agb";

const config = new pulumi.Config();
// To evaluate others, run `pulumi config set --path 'models[0]' NAME`. A deployment then runs only what is new.
const models = config.getObject<string[]>("models") ?? ["small", "large"];
const tasks = config.getObject<string[]>("tasks") ?? ["sum", "sort"];
/** Evaluates everything again: `pulumi config set round 2`. */
const round = config.get("round") ?? "1";

// Replace this with the program that runs your agent. It prints its score, and ends with 0 if it has passed.
const agent = `
case "$MODEL $TASK" in
    "small sort") echo "wrong order" >&2; exit 1 ;;
    *) echo $((\${#MODEL} * \${#TASK})) ;;
esac`;

/** One row of the table. */
interface Result {
    model: string;
    task: string;
    passed: boolean;
    score: string;
    error: string;
    seconds: number;
}

function evaluate(model: string, task: string): pulumi.Output<Result> {
    const name = `${model}-${task}`;
    const session = new agb.Session(name, { imageId: "agb-code-space-2", labels: { model, task } });
    const run = new agb.Command(
        name,
        {
            sessionId: session,
            create: agent,
            envs: { MODEL: model, TASK: task },
            triggers: [round],
            // A failure is a result, and does not stop the others.
            onFailure: agb.OnFailure.Report,
        },
        { customTimeouts: { create: "20m" } },
    );
    return pulumi
        .all([run.exitCode, run.stdout, run.stderr, run.startedAt, run.finishedAt])
        .apply(([exitCode, stdout, stderr, startedAt, finishedAt]) => ({
            model,
            task,
            passed: exitCode === 0,
            score: stdout,
            error: stderr,
            seconds: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000,
        }));
}

export const results = pulumi.all(models.flatMap((model) => tasks.map((task) => evaluate(model, task))));
export const passed = results.apply((rows) => `${rows.filter((row) => row.passed).length} of ${rows.length}`);
