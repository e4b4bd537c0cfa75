// An OPC UA server on node-opcua with known nodes, for the tests of the driver.
//
//   node opcua_server.js FOLDER [open] [PORT]
//
// FOLDER/server holds its own key and certificate and the clients' (trusted/certs, rejected), FOLDER/users those of users who log
// in by certificate; both are made at the first start. It takes signed and encrypted connections of the user "potok", password
// "докторская 7"; with `open` also anonymous ones without security. It prints one JSON line and then serves until its standard
// input ends. A line of standard input {"name", "value", "status"} sets a node, and is answered by a line when that is done.

"use strict";

const net = require("node:net");
const path = require("node:path");
const readline = require("node:readline");
const {
    OPCUACertificateManager, OPCUAServer, MessageSecurityMode, SecurityPolicy, StatusCodes, DataType, VariantArrayType,
    coerceInt64, coerceUInt64, nodesets,
} = require("node-opcua");

const NAMESPACE = "urn:potok:interop";
const TYPES = "urn:potok:interop:types";
const COUNT_MS = 50;

const SCALARS = {
    SByte: -100, Byte: 200, Int16: -12345, UInt16: 54321, Int32: -1234567890, UInt32: 3456789012,
    Int64: coerceInt64("-1234567890123456"), UInt64: coerceUInt64("9007199254740991"),
    Float: 123.456, Double: -98765.4321, Boolean: true, String: "Докторская № 7",
};

async function freePort() {
    const probe = net.createServer();
    await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address();
    await new Promise((resolve) => probe.close(resolve));
    return port;
}

function addNodes(space) {
    const own = space.registerNamespace(NAMESPACE);
    const types = space.getNamespaceIndex(TYPES);
    const folder = own.addFolder(space.rootFolder.objects, { browseName: "Interop" });
    const nodes = {};
    const add = (name, dataType, value, more = {}) => {
        nodes[name] = own.addVariable({
            componentOf: folder, browseName: name, nodeId: `s=${name}`, dataType, minimumSamplingInterval: 20, ...more,
        });
        nodes[name].setValueFromSource({ arrayType: VariantArrayType.Scalar, ...value });
    };
    for (const [name, value] of Object.entries(SCALARS)) {
        add(name, name, { dataType: DataType[name], value });
        add(`Written${name}`, name, { dataType: DataType[name], value });
    }
    add("LocalizedText", "LocalizedText", { dataType: DataType.LocalizedText, value: { text: "Варёная", locale: "ru" } });
    add("ReadOnly", "Float", { dataType: DataType.Float, value: 1.5 }, {
        accessLevel: "CurrentRead", userAccessLevel: "CurrentRead",
    });
    add("Temperatures", "Float", {
        dataType: DataType.Float, arrayType: VariantArrayType.Array, value: [72.5, -18.25, 4.0],
    }, { valueRank: 1 });
    add("State", `ns=${types};i=3001`, { dataType: DataType.Int32, value: 7 });
    const load = space.constructExtensionObject(space.findDataType("Load", types), {
        product: "Сосиски", mass: 412.75, trolleys: 3, probes: [71.5, 72.25], ready: true,
    });
    add("Load", `ns=${types};i=3010`, { dataType: DataType.ExtensionObject, value: load });
    add("Counter", "UInt32", { dataType: DataType.UInt32, value: 0 });
    return nodes;
}

function set(nodes, { name, value, status }) {
    const held = nodes[name].readValue().value;
    const next = value === undefined ? held : { dataType: held.dataType, arrayType: held.arrayType, value };
    nodes[name].setValueFromSource(next, StatusCodes[status || "Good"]);
}

async function main(folder, open, port) {
    const manager = async (name) => {
        const made = new OPCUACertificateManager({
            rootFolder: path.join(folder, name), automaticallyAcceptUnknownCertificate: false,
        });
        await made.initialize();
        return made;
    };
    const server = new OPCUAServer({
        port,
        hostname: "127.0.0.1",
        resourcePath: "/potok",
        serverInfo: { applicationUri: "urn:potok:interop:server", productUri: "urn:potok:interop" },
        buildInfo: { productName: "Interop", buildNumber: "1" },
        nodeset_filename: [nodesets.standard, path.join(__dirname, "opcua_types.xml")],
        serverCertificateManager: await manager("server"),
        userCertificateManager: await manager("users"),
        securityPolicies: [
            ...(open ? [SecurityPolicy.None] : []), SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss,
        ],
        securityModes: [...(open ? [MessageSecurityMode.None] : []), MessageSecurityMode.SignAndEncrypt],
        allowAnonymous: open,
        userManager: { isValidUser: (user, password) => user === "potok" && password === "докторская 7" },
    });
    await server.initialize();
    const nodes = addNodes(server.engine.addressSpace);
    await server.start();
    let count = 0;
    const counting = setInterval(() => {
        count += 1;
        nodes.Counter.setValueFromSource({ dataType: DataType.UInt32, value: count });
    }, COUNT_MS);
    console.log(JSON.stringify({ url: server.getEndpointUrl(), namespace: NAMESPACE, types: TYPES }));
    for await (const line of readline.createInterface({ input: process.stdin })) {
        set(nodes, JSON.parse(line));
        console.log(line);
    }
    clearInterval(counting);
    await server.shutdown(0);
}

const [folder, ...options] = process.argv.slice(2);
(async () => main(folder, options.includes("open"), Number(options.find((o) => /^\d+$/.test(o))) || (await freePort())))().then(
    () => process.exit(0),
    (error) => {
        console.error(error);
        process.exit(1);
    },
);
