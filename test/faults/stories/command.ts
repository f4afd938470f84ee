/** The stories of `Command`: whatever fails, each command runs as often as the deployments demand. */
import { commandHandlers } from "../../../provider/handlers/command/command";
import { Deployment, type AnyHandlers } from "../deployment";
import { calm, TIMEOUT, type Scene, type Story, type World } from "../scene";

/** A session with a file to which each command appends what it is. */
async function stage(world: World) {
    const { agb, name } = world;
    const { sessionId } = await agb.client.createSession({
        imageId: "agb-code-space-1",
        labels: { story: name },
        mounts: [],
    });
    const shell = (command: string) =>
        agb.client.callTool(sessionId, "shell", { command: `cd /tmp; ${command}`, timeout_ms: 10_000 });
    // The first command of a session takes longer.
    await shell("touch log");
    return {
        goal: {
            sessionId,
            create: "echo create >> /tmp/log",
            update: "echo update >> /tmp/log",
            delete: "echo delete >> /tmp/log",
            envs: { VERSION: "1" },
        },
        deployment: new Deployment(commandHandlers as unknown as AnyHandlers, name),
        sessions: [sessionId],
        lost: () => Promise.resolve([]),
        shell,
        expecting:
            (...expected: string[]) =>
            async () => {
                const log = await agb.readFile(sessionId, "/tmp/log");
                const found = log.split("\n").filter(Boolean).join(" ");
                return found === expected.join(" ") ? [] : [`the commands ${found}`];
            },
    };
}

const story = (operation: string, prepare: (world: World) => Promise<Scene>): Story => ({
    resource: "Command",
    operation,
    prepare,
});

export const commandStories: Story[] = [
    story("create", async (world) => {
        const { expecting, ...scene } = await stage(world);
        return { ...scene, unmet: expecting("create") };
    }),
    story("update", async (world) => {
        const { goal, expecting, ...scene } = await stage(world);
        await scene.deployment.up(goal, calm(world), TIMEOUT);
        return { ...scene, goal: { ...goal, envs: { VERSION: "2" } }, unmet: expecting("create", "update") };
    }),
    story("update, repair", async (world) => {
        const { goal, expecting, shell, ...scene } = await stage(world);
        const fragile = { ...goal, create: `${goal.create}; test -e /tmp/ok` };
        await scene.deployment.up(fragile, calm(world), TIMEOUT).catch(() => undefined);
        await shell("touch ok");
        return { ...scene, goal: fragile, unmet: expecting("create", "create") };
    }),
    story("replace", async (world) => {
        const { goal, expecting, ...scene } = await stage(world);
        await scene.deployment.up(goal, calm(world), TIMEOUT);
        return { ...scene, goal: { ...goal, triggers: [2] }, unmet: expecting("create", "delete", "create") };
    }),
    story("delete", async (world) => {
        const { goal, expecting, ...scene } = await stage(world);
        await scene.deployment.up(goal, calm(world), TIMEOUT);
        return { ...scene, goal: undefined, unmet: expecting("create", "delete") };
    }),
    story("read", async (world) => {
        const { expecting, ...scene } = await stage(world);
        await scene.deployment.up(scene.goal, calm(world), TIMEOUT);
        return {
            ...scene,
            act: (account) => scene.deployment.refresh(account),
            unmet: expecting("create"),
        };
    }),
];
