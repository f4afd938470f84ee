/** Draws the rows of a benchmark as an SVG: medians as bars, the spread as lines, the values to reach as marks. */
import { init } from "echarts";
import { short } from "./report.mjs";

const WIDTH = 860;
const ROW_HEIGHT = 40;
const MARGIN = { top: 44, right: 70, bottom: 72, left: 330 };
const COLORS = { bar: "#4c78a8", spread: "#1b2a41", goal: "#e45756" };
/** Where both use the same. */
const PARITY = {
    silent: true,
    symbol: "none",
    lineStyle: { color: "#888", type: "dashed" },
    label: { show: false },
    data: [{ xAxis: 1 }],
};
/** From this ratio of the greatest to the least value, the axis is logarithmic. */
const LOGARITHMIC_FROM = 50;

export function drawChart({ title, rows }) {
    const points = pointsOf(rows);
    const height = MARGIN.top + MARGIN.bottom + ROW_HEIGHT * points.length;
    const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
    const values = points.flatMap(({ median, goal }) => [median, goal ?? median]).filter((value) => value > 0);
    const isLogarithmic = Math.max(...values) / Math.min(...values) > LOGARITHMIC_FROM;
    const isCompared = rows.some(({ ratio }) => ratio);
    chart.setOption({
        animation: false,
        backgroundColor: "#fff",
        title: { text: title.replaceAll("`", ""), left: 8, top: 8, textStyle: { fontSize: 14 } },
        grid: MARGIN,
        legend: { bottom: 6, itemGap: 24, data: ["median", "spread", "to reach"] },
        xAxis: {
            type: isLogarithmic ? "log" : "value",
            name: isCompared ? "times what the other uses: less is better" : `${rows[0].unit}: less is better`,
            nameLocation: "middle",
            nameGap: 24,
        },
        yAxis: { type: "category", inverse: true, data: points.map(({ label }) => label), axisTick: { show: false } },
        series: [
            {
                name: "median",
                type: "bar",
                barWidth: 16,
                itemStyle: { color: COLORS.bar },
                data: points.map(({ median }) => median),
                ...(isCompared && { markLine: PARITY }),
                label: { show: true, position: "insideLeft", color: "#fff", formatter: ({ value }) => short(value) },
            },
            {
                name: "spread",
                type: "custom",
                itemStyle: { color: COLORS.spread },
                renderItem: drawSpread,
                data: points.map(({ least, greatest }, index) => [least, index, greatest]),
            },
            {
                name: "to reach",
                type: "scatter",
                symbol: "rect",
                symbolSize: [3, 26],
                itemStyle: { color: COLORS.goal },
                data: points.flatMap(({ goal }, index) => (goal === undefined ? [] : [[goal, index]])),
            },
        ],
    });
    const svg = withoutHover(chart.renderToSVGString());
    chart.dispose();
    return `${svg}\n`;
}

/** Ratios if the benchmark compares, otherwise the values that have the unit of the first row. */
function pointsOf(rows) {
    const compared = rows.filter(({ ratio }) => ratio);
    const shown = compared.length > 0 ? compared : rows.filter(({ unit }) => unit === rows[0].unit);
    return shown.map(({ what, against, ratio, ours, goal }) => ({
        label: against === undefined ? wrap(what) : `${wrap(what)}\nagainst ${against}`,
        goal,
        ...(ratio ?? ours),
    }));
}

/** Breaks a long label at a comma or a colon. */
const wrap = (label) => (label.length > 52 ? label.replace(/([,:]) (?=[^,:]*$)/, "$1\n") : label);

function drawSpread(_parameters, api) {
    const [left, right] = [api.coord([api.value(0), api.value(1)]), api.coord([api.value(2), api.value(1)])];
    const line = (x1, y1, x2, y2) => ({
        type: "line",
        shape: { x1, y1, x2, y2 },
        style: { stroke: COLORS.spread, lineWidth: 1.5 },
    });
    const end = ([x, y]) => line(x, y - 4, x, y + 4);
    return { type: "group", children: [line(...left, ...right), end(left), end(right)] };
}

/** Without the effects of a pointer, whose ids depend on the other charts of the process. */
const withoutHover = (svg) => svg.replace(/<style[^]*?<\/style>\n?/, "").replaceAll(/ class="[^"]*"/g, "");
