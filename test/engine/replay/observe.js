// Preloaded into the command: writes every event of its deployments to the file REPLAY_EVENTS, one JSON line each.
"use strict";
const fs = require("fs");
const path = require("path");
const deployment = require(path.join(__dirname, "../../../dist/engine/deployment.js"));

const { runDeployment } = deployment;
deployment.runDeployment = (request) =>
    runDeployment({
        ...request,
        onEvent: (event) => {
            fs.appendFileSync(process.env.REPLAY_EVENTS, JSON.stringify(event) + "\n");
            request.onEvent(event);
        },
    });
