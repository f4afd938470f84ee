// The running sessions, and the files that releases did not upload.
import { $, actionButton, codeElement, element, emptyElement, tagElement, updateChildren } from "./dom.js";
import { formatDuration, sessionTitle, stackTitle, timeElement } from "./format.js";

export const sessionsView = {
    show(_data, { now, sessions, unsaved }) {
        updateChildren(
            $("session-list"),
            sessions.length === 0
                ? [
                      emptyElement(
                          "No running sessions.",
                          "Deploy a program that declares a ",
                          codeElement("Session"),
                          ": ",
                          codeElement("npx pulumi-agb up"),
                          ". To begin a project, run ",
                          codeElement("npx pulumi-agb new"),
                          ".",
                      ),
                  ]
                : sessions.map((session) => sessionElement(session, now)),
        );
        $("unsaved").hidden = unsaved.length === 0;
        updateChildren($("unsaved-list"), unsaved.map(unsavedElement));
    },
};

function sessionElement(session, now) {
    const { id, name, labels, mounts } = session;
    const title = sessionTitle(name, id);
    const isRunning = session.status === "RUNNING";
    const data = { session: id, title };
    return element(
        "article",
        { class: "card", id, tabindex: "-1", "data-key": id, "aria-label": `Session ${title}` },
        element(
            "div",
            { class: "head" },
            element("h3", {}, name.name ?? id),
            tagElement(isRunning ? "running" : "releasing", session.status),
        ),
        name.name === undefined
            ? undefined
            : element(
                  "p",
                  { class: "facts" },
                  element("span", {}, stackTitle(name)),
                  element("span", { class: "id" }, id),
              ),
        element(
            "p",
            { class: "facts" },
            element("span", {}, session.imageId),
            element(
                "span",
                {},
                "started ",
                timeElement(session.createdAt, `${formatDuration(now - session.createdAt)} ago`),
            ),
            isRunning
                ? element(
                      "span",
                      { title: "unless it is used before" },
                      `released in ${formatDuration(session.releaseAt - now)}`,
                  )
                : undefined,
        ),
        Object.keys(labels).length > 0 ? labelsElement(labels) : undefined,
        mounts.length > 0
            ? element("ul", { class: "mounts", "aria-label": "Mounts" }, ...mounts.map(mountElement))
            : undefined,
        element(
            "div",
            { class: "actions" },
            element("a", { href: `#timeline/${id}` }, "Timeline"),
            element("a", { href: `#commands/${id}` }, "Commands"),
            element("a", { href: `#requests/${id}` }, "Requests"),
            element("span", { class: "grow" }),
            isRunning && mounts.length > 0
                ? actionButton("sync", data, "Sync now", { title: "Upload all mounts to their contexts" })
                : undefined,
            isRunning ? actionButton("release", data, "Release…") : undefined,
        ),
    );
}

const labelsElement = (labels) =>
    element(
        "ul",
        { class: "labels", "aria-label": "Labels" },
        ...Object.entries(labels).map(([key, value]) => element("li", {}, `${key}: ${value}`)),
    );

function mountElement({ contextId, contextName, path, tasks }) {
    const failures = tasks.filter((task) => task.errorMessage !== "");
    return element(
        "li",
        {},
        element(
            "div",
            { class: "head" },
            element("span", { class: "path" }, path),
            element(
                "span",
                { class: "tags" },
                ...(tasks.length === 0
                    ? [element("span", { class: "tag" }, "not synced yet")]
                    : tasks.map((task) => tagElement(taskText(task), task.status))),
            ),
        ),
        contextName === null
            ? element("span", { class: "facts" }, `deleted context ${contextId}`)
            : element("a", { href: `#contexts/${contextId}`, title: contextId }, contextName),
        ...failures.map((task) => element("span", { class: "error" }, task.errorMessage)),
    );
}

const taskText = ({ type, status }) => `${type} ${status === "Pending" ? "in progress" : status.toLowerCase()}`;

function unsavedElement({ sessionId, folder, reason }) {
    return element(
        "article",
        { class: "card", "data-key": sessionId, "aria-label": `Files of session ${sessionId}` },
        element("h3", { class: "path" }, sessionId),
        element("p", { class: "error" }, reason),
        element("p", { class: "path" }, folder),
    );
}
