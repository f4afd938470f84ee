// The recent requests, with what is known of each.
import { fetchData } from "./api.js";
import { $, codeElement, element, emptyElement, tagElement } from "./dom.js";
import { matches, showFiltered, showSessionFilter } from "./filters.js";
import { formatDate, formatMilliseconds, formatTime, sessionTitle, timeElement } from "./format.js";

export const requestsView = {
    load: async () => (await fetchData("requests")).data,
    show(requests, { sessions }, sessionId) {
        const names = new Map(sessions.map(({ id, name }) => [id, name]));
        const items = requests.map((request) => {
            const { sessionId: id } = request.parameters;
            return { ...request, sessionId: id, session: names.get(id) };
        });
        const filter = $("requests-filter").value.trim();
        showSessionFilter($("requests-session"), items, sessionId);
        showFiltered({
            list: "request-list",
            shown: "requests-shown",
            items,
            passes: (request) =>
                (sessionId === "" || request.sessionId === sessionId) &&
                (!$("requests-failed").checked || !isSuccess(request)) &&
                matches(textOf(request), filter),
            show: (passing) => [element("div", { class: "entries" }, ...passing.map(requestElement))],
            empty: emptyElement(
                "No requests yet.",
                "A stack uses this server with ",
                codeElement("npx pulumi-agb config set agb:endpoint local"),
                ", and a script with the variables AGB_ENDPOINT and AGB_API_KEY.",
            ),
        });
    },
};

const isSuccess = ({ status, code }) => status < 400 && code === "";

const textOf = ({ method, path, status, code, message, requestId, parameters, fault }) =>
    [method, path, status, code, message, requestId, fault ?? "", ...Object.values(parameters)].join(" ");

function requestElement(request) {
    const { method, path, status, code, milliseconds, message, requestId, parameters, fault, session, sessionId } =
        request;
    const receivedAt = Date.parse(request.time);
    const about = parameters.tool ?? (path === "/mcp" ? parameters.name : undefined);
    return element(
        "details",
        { class: "entry", "data-key": requestId },
        element(
            "summary",
            {},
            timeElement(receivedAt, formatTime(receivedAt)),
            tagElement(code === "" ? String(status) : `${status} ${code}`, isSuccess(request) ? "Success" : "Failed"),
            element("code", { class: "grow line" }, `${method} ${path}`, about === undefined ? "" : ` ${about}`),
            session && element("span", { class: "fact" }, sessionTitle(session, sessionId)),
            fault === undefined ? undefined : tagElement(`fault ${fault}`, "Pending"),
            element("span", { class: "fact number" }, formatMilliseconds(milliseconds)),
        ),
        element(
            "div",
            { class: "body" },
            message === "" ? undefined : element("p", { class: "error" }, message),
            element(
                "dl",
                {},
                ...Object.entries({
                    ...parameters,
                    received: formatDate(receivedAt),
                    "request ID": requestId,
                    ...(fault === undefined ? {} : { "injected fault": fault }),
                }).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
            ),
            element("p", { class: "hint" }, "Keys, contents and other values that may be secret are not recorded."),
        ),
    );
}
