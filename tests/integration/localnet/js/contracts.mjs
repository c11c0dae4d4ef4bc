// Contracts through the official JavaScript SDK. Prints the steps it has passed as JSON; fails loudly otherwise.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as sdk from "@stellar/stellar-sdk";

const [rpcUrl, wasmFolder] = process.argv.slice(2);
const networkPassphrase = sdk.Networks.STANDALONE;
const rpc = new sdk.rpc.Server(rpcUrl, { allowHttp: true });
const passed = [];

async function step(name, work) {
  await work();
  passed.push(name);
}

async function funded() {
  const key = sdk.Keypair.random();
  const answer = await fetch(`${new URL(rpcUrl).origin}/friendbot?addr=${key.publicKey()}`);
  assert.equal(answer.status, 200);
  return key;
}

function options(key, contractId) {
  const signer = sdk.contract.basicNodeSigner(key, networkPassphrase);
  return { ...signer, publicKey: key.publicKey(), contractId, networkPassphrase, rpcUrl, allowHttp: true };
}

async function run(key, operation) {
  const account = await rpc.getAccount(key.publicKey());
  const built = new sdk.TransactionBuilder(account, { fee: "100", networkPassphrase }).addOperation(operation);
  const prepared = await rpc.prepareTransaction(built.setTimeout(36000).build());
  prepared.sign(key);
  const sent = await rpc.sendTransaction(prepared);
  assert.equal(sent.status, "PENDING");
  const done = await rpc.pollTransaction(sent.hash, { attempts: 50, sleepStrategy: () => 100 });
  assert.equal(done.status, "SUCCESS");
  return done;
}

async function uploaded(key, name) {
  const wasm = readFileSync(`${wasmFolder}/${name}.wasm`);
  const done = await run(key, sdk.Operation.uploadContractWasm({ wasm }));
  return { wasm, hash: sdk.scValToNative(done.returnValue) };
}

async function deployed(key, name, args) {
  const { hash } = await uploaded(key, name);
  const deployment = await sdk.contract.Client.deploy(args, { ...options(key), wasmHash: hash });
  return (await deployment.signAndSend()).result;
}

const [alice, bob] = await Promise.all([funded(), funded()]);
const start = (await rpc.getLatestLedger()).sequence;
let token, pair, firstToken;

await step("deploy with a constructor", async () => {
  token = await deployed(alice, "token", { admin: alice.publicKey(), decimals: 7, name: "Token", symbol: "TOK" });
  assert.match(token.options.contractId, /^C/);
  firstToken = token.options.contractId;
});

await step("client from a contract on the network", async () => {
  const client = await sdk.contract.Client.from(options(alice, firstToken));
  assert.ok(client.spec.funcs().length > 10);
  assert.equal(typeof client.transfer, "function");
  token = client;
});

await step("read by simulation", async () => {
  const read = await token.name();
  assert.equal(read.result, "Token");
  assert.equal(read.isReadCall, true);
  assert.equal((await token.decimals()).result, 7);
  assert.equal((await token.balance({ id: bob.publicKey() })).result, 0n);
});

await step("invoke", async () => {
  const minted = await token.mint({ to: bob.publicKey(), amount: 1_000n });
  assert.equal(minted.isReadCall, false);
  const sent = await minted.signAndSend();
  assert.equal(sent.getTransactionResponse.status, "SUCCESS");
  assert.equal((await token.balance({ id: bob.publicKey() })).result, 1_000n);
});

for (const useUpgradedAuth of [false, true]) {
  await step(`another account authorises${useUpgradedAuth ? ", address bound" : ""}`, async () => {
    const before = (await token.balance({ id: alice.publicKey() })).result;
    const args = { from: bob.publicKey(), to: alice.publicKey(), amount: 10n };
    const paid = await token.transfer(args, { useUpgradedAuth });
    assert.deepEqual(paid.needsNonInvokerSigningBy(), [bob.publicKey()]);
    await assert.rejects(paid.signAndSend(), sdk.contract.AssembledTransaction.Errors.NeedsMoreSignatures);
    const { signAuthEntry } = sdk.contract.basicNodeSigner(bob, networkPassphrase);
    await paid.signAuthEntries({ address: bob.publicKey(), signAuthEntry });
    assert.deepEqual(paid.needsNonInvokerSigningBy(), []);
    const sent = await paid.signAndSend();
    assert.equal(sent.getTransactionResponse.status, "SUCCESS");
    assert.equal((await token.balance({ id: alice.publicKey() })).result, before + 10n);
  });
}

await step("events", async () => {
  const topic = [sdk.xdr.ScVal.scvSymbol("transfer").toXDR("base64"), "**"];
  const filters = [{ type: "contract", contractIds: [firstToken], topics: [topic] }];
  const page = await rpc.getEvents({ startLedger: start, filters, limit: 1 });
  assert.equal(page.events.length, 1);
  assert.equal(page.events[0].contractId.toString(), firstToken);
  assert.deepEqual(page.events[0].topic.map(sdk.scValToNative), ["transfer", bob.publicKey(), alice.publicKey()]);
  assert.equal(sdk.scValToNative(page.events[0].value), 10n);
  const rest = await rpc.getEvents({ cursor: page.cursor, filters, limit: 10 });
  assert.equal(rest.events.length, 1);
  const none = [{ type: "contract", contractIds: [firstToken], topics: [["*"]] }];
  assert.equal((await rpc.getEvents({ startLedger: start, filters: none })).events.length, 0);
});

await step("a pair of two tokens", async () => {
  const second = await deployed(alice, "token", { admin: alice.publicKey(), decimals: 7, name: "Other", symbol: "OTH" });
  pair = await deployed(alice, "pair", null);
  const byAddress = (id) => Buffer.from(sdk.StrKey.decodeContract(id)).toString("hex");
  const tokens = [firstToken, second.options.contractId].sort((a, b) => (byAddress(a) < byAddress(b) ? -1 : 1));
  const [token_0, token_1] = tokens;
  await (await pair.initialize({ factory: alice.publicKey(), token_0, token_1 })).signAndSend();
  for (const id of tokens) {
    const client = await sdk.contract.Client.from(options(alice, id));
    await (await client.mint({ to: pair.options.contractId, amount: 1_000_000n })).signAndSend();
  }
  const deposited = await (await pair.deposit({ to: alice.publicKey() })).signAndSend();
  assert.equal(deposited.result.unwrap(), 999_000n);
  assert.deepEqual((await pair.get_reserves()).result, [1_000_000n, 1_000_000n]);
});

await step("errors of a contract have names", async () => {
  const refused = await pair.swap({ amount_0_out: 0n, amount_1_out: 0n, to: alice.publicKey() });
  assert.equal(refused.result.isErr(), true);
  assert.equal(typeof refused.result.unwrapErr().message, "string");
  assert.match(refused.simulation.error, /^HostError: Error\(Contract, #\d+\)/);
});

await step("errors of the host", async () => {
  const account = await rpc.getAccount(alice.publicKey());
  const builder = new sdk.TransactionBuilder(account, { fee: "100", networkPassphrase });
  const call = builder.addOperation(new sdk.Contract(firstToken).call("no_such_function")).setTimeout(36000).build();
  const simulation = await rpc.simulateTransaction(call);
  assert.ok(sdk.rpc.Api.isSimulationError(simulation));
  assert.match(simulation.error, /^HostError: Error\(WasmVm, MissingValue\)/);
  assert.ok(simulation.events.length > 0);
  await assert.rejects(rpc.prepareTransaction(call), /Error\(WasmVm, MissingValue\)/);
  const broke = await token.transfer({ from: alice.publicKey(), to: bob.publicKey(), amount: 10n ** 30n });
  assert.equal(sdk.rpc.Api.isSimulationError(broke.simulation), true);
  assert.match(broke.simulation.error, /^HostError: Error\(Contract, #\d+\)/);
  const absent = sdk.StrKey.encodeContract(Buffer.alloc(32));
  await assert.rejects(sdk.contract.Client.from(options(alice, absent)));
});

await step("contract data", async () => {
  const found = await rpc.getContractData(pair.options.contractId, sdk.xdr.ScVal.scvLedgerKeyContractInstance());
  assert.ok(found.liveUntilLedgerSeq > start);
  const wasm = await rpc.getContractWasmByContractId(firstToken);
  assert.deepEqual(Buffer.from(wasm), readFileSync(`${wasmFolder}/token.wasm`));
});

console.log(JSON.stringify(passed));
process.exit(0);
