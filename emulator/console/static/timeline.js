// What happened to sessions, also to those that no longer exist.
import { fetchData } from "./api.js";
import { $, codeElement, element, emptyElement } from "./dom.js";
import { showFiltered, showSessionFilter } from "./filters.js";
import { formatDay, formatMilliseconds, formatTime, sessionTitle, stackTitle, timeElement } from "./format.js";

const RELEASE_TITLES = {
    request: "Release requested",
    idle: "Release: the session was idle",
    lifetime: "Release: the session reached its maximum lifetime",
};

export const timelineView = {
    load: async () => (await fetchData("timeline")).data,
    show(events, { contexts }, sessionId) {
        const existing = new Set(contexts.map(({ id }) => id));
        showSessionFilter($("timeline-session"), events, sessionId);
        showFiltered({
            list: "timeline-list",
            shown: "timeline-shown",
            items: events,
            passes: (event) =>
                (sessionId === "" || event.sessionId === sessionId) && (!$("timeline-failed").checked || event.failure),
            show: (passing) =>
                Object.entries(Object.groupBy(passing, ({ time }) => formatDay(time))).map(([day, ofDay]) =>
                    element(
                        "div",
                        { "data-key": day },
                        element("h3", { class: "day" }, day),
                        element("ol", { class: "timeline" }, ...ofDay.map((event) => eventElement(event, existing))),
                    ),
                ),
            empty: emptyElement(
                "Nothing has happened yet.",
                "Deploy a program that declares a ",
                codeElement("Session"),
                ". Each sync and release appears here, and stays when the session is gone.",
            ),
        });
    },
};

function titleOf({ kind, failure, reason }) {
    if (kind === "created") return "Session created";
    if (kind === "release") return RELEASE_TITLES[reason];
    if (kind === "released") return failure ? "Session ended, and files were kept" : "Session ended";
    return `${kind === "upload" ? "Upload" : "Download"} ${failure ? "failed" : "finished"}`;
}

function eventElement(event, existing) {
    const { number, time, kind, session, sessionId, contextId, contextName, path, milliseconds, failure } = event;
    const isSync = path !== undefined;
    const contextTitle = existing.has(contextId)
        ? element("a", { href: `#contexts/${contextId}` }, contextName)
        : contextName;
    return element(
        "li",
        { "data-key": number, class: failure ? "bad" : isSync ? "good" : kind },
        timeElement(time, formatTime(time)),
        element(
            "div",
            {},
            element(
                "p",
                { class: "facts" },
                element("strong", {}, titleOf(event)),
                element("a", { href: `#timeline/${sessionId}`, title: sessionId }, sessionTitle(session, sessionId)),
                stackTitle(session) === "" ? undefined : element("span", {}, stackTitle(session)),
            ),
            isSync
                ? element(
                      "p",
                      { class: "facts" },
                      element("span", { class: "path" }, path),
                      element("span", {}, kind === "upload" ? "to " : "from ", contextTitle),
                      element("span", {}, formatMilliseconds(milliseconds)),
                  )
                : undefined,
            failure ? element("p", { class: "error" }, failure) : undefined,
        ),
    );
}
