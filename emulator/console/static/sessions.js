// Sessions and requests on the console.
import { element, formatDuration, formatTime, tagElement, timeElement } from "./dom.js";

const MAX_PATH_LENGTH = 52;

export function sessionElement(session, now) {
    const labels = Object.entries(session.labels);
    const isRunning = session.status === "RUNNING";
    return element(
        "article",
        { class: "card", "aria-label": `Session ${session.id}` },
        element(
            "div",
            { class: "head" },
            element("h3", { class: "path" }, session.id),
            tagElement(session.status.toLowerCase(), session.status),
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
                      `released in ${formatDuration(Math.min(session.releaseAt, session.endsAt) - now)}`,
                  )
                : undefined,
        ),
        labels.length > 0
            ? element(
                  "ul",
                  { class: "labels", "aria-label": "Labels" },
                  ...labels.map(([key, value]) => element("li", {}, `${key}: ${value}`)),
              )
            : undefined,
        session.mounts.length > 0
            ? element("ul", { class: "mounts", "aria-label": "Mounts" }, ...session.mounts.map(mountElement))
            : undefined,
    );
}

function mountElement(mount) {
    const failures = mount.tasks.filter((task) => task.errorMessage !== "");
    return element(
        "li",
        {},
        element(
            "div",
            { class: "head" },
            element("span", { class: "path" }, mount.path),
            element(
                "span",
                { class: "tags" },
                ...(mount.tasks.length === 0
                    ? [element("span", { class: "tag" }, "not synced yet")]
                    : mount.tasks.map((task) =>
                          tagElement(
                              `${task.type} ${task.status === "Pending" ? "in progress" : task.status.toLowerCase()}`,
                              task.status,
                          ),
                      )),
            ),
        ),
        element("span", { class: "id" }, `${mount.contextName} · ${mount.contextId}`),
        ...failures.map((task) => element("span", { class: "error" }, task.errorMessage)),
    );
}

export function unsavedElement({ sessionId, folder, reason }) {
    return element(
        "article",
        { class: "card", "aria-label": `Files of session ${sessionId}` },
        element("h3", { class: "path" }, sessionId),
        element("p", { class: "error" }, reason),
        element("p", { class: "path" }, folder),
    );
}

export function requestElement(request) {
    const { method, path } = request;
    const isSuccess = request.status < 400;
    const receivedAt = Date.parse(request.time);
    return element(
        "tr",
        {},
        element("td", {}, timeElement(receivedAt, formatTime(receivedAt))),
        element(
            "td",
            {},
            element(
                "code",
                {},
                path.length > MAX_PATH_LENGTH
                    ? `${method} ${path.slice(0, MAX_PATH_LENGTH - 1)}…`
                    : `${method} ${path}`,
            ),
        ),
        element(
            "td",
            {},
            tagElement(
                isSuccess || request.code === "" ? String(request.status) : `${request.status} ${request.code}`,
                isSuccess ? "Success" : "Failed",
            ),
        ),
        element("td", { class: "number" }, `${request.milliseconds} ms`),
        element("td", { class: "id" }, request.requestId),
    );
}
