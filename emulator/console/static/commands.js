// The commands that ran in sessions, with their outputs.
import { fetchData } from "./api.js";
import { $, codeElement, element, emptyElement, tagElement } from "./dom.js";
import { matches, showFiltered, showSessionFilter } from "./filters.js";
import { formatCount, formatMilliseconds, formatTime, sessionTitle, timeElement } from "./format.js";

export const commandsView = {
    load: async () => (await fetchData("commands")).data,
    show(commands, { sessions }, sessionId) {
        const running = new Set(sessions.map(({ id }) => id));
        const filter = $("commands-filter").value.trim();
        showSessionFilter($("commands-session"), commands, sessionId);
        showFiltered({
            list: "command-list",
            shown: "commands-shown",
            items: commands,
            passes: ({ sessionId: id, command, stdout, stderr }) =>
                (sessionId === "" || id === sessionId) &&
                matches(`${command.text} ${stdout?.text ?? ""} ${stderr?.text ?? ""}`, filter),
            show: (passing) => [
                element(
                    "div",
                    { class: "entries" },
                    ...passing.map((command) => commandElement(command, running.has(command.sessionId))),
                ),
            ],
            empty: emptyElement(
                "No command has run since the local AGB started.",
                "Commands that a program or an agent runs in a session with the tool ",
                codeElement("shell"),
                " or with ",
                codeElement("npx pulumi-agb session exec"),
                " appear here with their outputs. They are kept in memory only.",
            ),
        });
    },
};

function outcomeElement({ milliseconds, exitCode }, isRunning) {
    if (milliseconds === undefined && isRunning) return tagElement("running", "Pending");
    if (exitCode === undefined) return tagElement("no exit code", "Failed");
    return tagElement(`exit ${exitCode}`, exitCode === 0 ? "Success" : "Failed");
}

function commandElement(record, isRunning) {
    const { number, sessionId, session, command, startedAt, milliseconds, stdout, stderr } = record;
    return element(
        "details",
        { class: "entry", "data-key": number },
        element(
            "summary",
            {},
            timeElement(startedAt, formatTime(startedAt)),
            outcomeElement(record, isRunning),
            element("code", { class: "grow line" }, command.text.trim().split("\n")[0]),
            element("span", { class: "fact" }, sessionTitle(session, sessionId)),
            element(
                "span",
                { class: "fact number" },
                milliseconds === undefined ? "" : formatMilliseconds(milliseconds),
            ),
        ),
        element(
            "div",
            { class: "body" },
            element(
                "p",
                { class: "facts" },
                element("span", {}, "in ", element("a", { href: `#timeline/${sessionId}` }, sessionId)),
            ),
            ...excerptElements("Command", command, "after"),
            ...excerptElements("Output", stdout, "before"),
            ...excerptElements("Errors", stderr, "before"),
        ),
    );
}

/** `where` says on which side of the excerpt text was left out. */
function excerptElements(title, excerpt, where) {
    if (excerpt === undefined || excerpt.text === "") return [];
    const omitted =
        excerpt.omitted > 0 ? ` (${formatCount(excerpt.omitted, "character")} ${where} this part are not kept)` : "";
    return [element("h4", {}, `${title}${omitted}`), element("pre", { tabindex: "0" }, excerpt.text)];
}
