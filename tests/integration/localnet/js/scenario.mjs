// A trader's life through the official JavaScript SDK. Prints the steps it has passed as JSON; fails loudly otherwise.
import assert from "node:assert/strict";
import * as sdk from "@stellar/stellar-sdk";

const [url, rpcUrl] = process.argv.slice(2);
const passphrase = sdk.Networks.STANDALONE;
const horizon = new sdk.Horizon.Server(url, { allowHttp: true });
const rpc = new sdk.rpc.Server(rpcUrl, { allowHttp: true });
const xlm = sdk.Asset.native();
const passed = [];
const hex = (bytes) => Buffer.from(bytes).toString("hex");

async function funded() {
  const key = sdk.Keypair.random();
  await horizon.friendbot(key.publicKey()).call();
  return key;
}

async function build(key, ...operations) {
  const account = await horizon.loadAccount(key.publicKey());
  return sign(new sdk.TransactionBuilder(account, { fee: "100", networkPassphrase: passphrase }), key, operations);
}

function sign(builder, key, operations) {
  for (const operation of operations) builder.addOperation(operation);
  const transaction = builder.setTimeout(36000).build();
  transaction.sign(key);
  return transaction;
}

async function send(key, ...operations) {
  return horizon.submitTransaction(await build(key, ...operations));
}

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.response.status ?? error.response.data.status, 400);
    return error.response.data.extras.result_codes;
  }
  assert.fail("the transaction was accepted");
}

async function step(name, work) {
  await work();
  passed.push(name);
}

const [issuer, alice, bob] = await Promise.all([funded(), funded(), funded()]);
const usd = new sdk.Asset("USD", issuer.publicKey());

await step("create", async () => {
  const fresh = sdk.Keypair.random().publicKey();
  const done = await send(alice, sdk.Operation.createAccount({ destination: fresh, startingBalance: "20" }));
  const account = await horizon.loadAccount(fresh);
  assert.equal(account.sequenceNumber(), (BigInt(done.ledger) << 32n).toString());
  assert.equal(account.balances[0].balance, "20.0000000");
});

await step("trust", async () => {
  await Promise.all([alice, bob].map((key) => send(key, sdk.Operation.changeTrust({ asset: usd }))));
  await send(
    issuer,
    sdk.Operation.payment({ destination: alice.publicKey(), asset: usd, amount: "1000" }),
    sdk.Operation.payment({ destination: bob.publicKey(), asset: usd, amount: "1000" }),
  );
  const account = await horizon.loadAccount(alice.publicKey());
  assert.equal(account.balances.find((line) => line.asset_code === "USD").balance, "1000.0000000");
});

await step("offer", async () => {
  const done = await send(
    alice,
    sdk.Operation.manageSellOffer({ selling: usd, buying: xlm, amount: "100", price: { n: 2, d: 1 } }),
  );
  const [placed] = done.offerResults;
  assert.equal(placed.currentOffer.amount, "100");
  const found = await horizon.offers().seller(alice.publicKey()).call();
  assert.deepEqual(found.records.map((offer) => [offer.price, offer.amount]), [["2.0000000", "100.0000000"]]);
  const book = await horizon.orderbook(usd, xlm).call();
  assert.equal(book.asks[0].amount, "100.0000000");
  const taken = await send(
    bob,
    sdk.Operation.manageBuyOffer({ selling: xlm, buying: usd, buyAmount: "10", price: { n: 2, d: 1 } }),
  );
  assert.equal(taken.offerResults[0].wasImmediatelyFilled, true);
  const trades = await horizon.trades().forAccount(bob.publicKey()).call();
  assert.equal(trades.records[0].base_amount, "20.0000000");
});

await step("pool deposit", async () => {
  const pool = new sdk.LiquidityPoolAsset(xlm, usd, sdk.LiquidityPoolFeeV18);
  const id = hex(sdk.getLiquidityPoolId("constant_product", pool.getLiquidityPoolParameters()));
  await send(
    bob,
    sdk.Operation.changeTrust({ asset: pool }),
    sdk.Operation.liquidityPoolDeposit({
      liquidityPoolId: id, maxAmountA: "400", maxAmountB: "100", minPrice: "3.9", maxPrice: "4.1",
    }),
  );
  const found = await horizon.liquidityPools().liquidityPoolId(id).call();
  assert.deepEqual(found.reserves.map((reserve) => reserve.amount), ["400.0000000", "100.0000000"]);
  assert.equal(found.total_shares, "200.0000000");
});

await step("path payment strict send", async () => {
  const done = await send(
    alice,
    sdk.Operation.pathPaymentStrictSend({
      sendAsset: usd, sendAmount: "1", destination: alice.publicKey(), destAsset: xlm, destMin: "3.9", path: [],
    }),
  );
  const result = sdk.xdr.TransactionResult.fromXDR(done.result_xdr, "base64");
  assert.equal(result.result.type, "txSuccess");
  const { records } = await horizon.operations().forTransaction(done.hash).call();
  assert.equal(records[0].amount, "3.9486321"); // floor(9970 * 400 * 1 / (10000 * 100 + 9970 * 1)), in stroops
});

await step("path payment strict receive", async () => {
  const codes = await refused(
    send(
      bob,
      sdk.Operation.pathPaymentStrictReceive({
        sendAsset: xlm, sendMax: "1", destination: bob.publicKey(), destAsset: usd, destAmount: "1", path: [],
      }),
    ),
  );
  assert.deepEqual(codes, { transaction: "tx_failed", operations: ["op_over_source_max"] });
  const done = await send(
    bob,
    sdk.Operation.pathPaymentStrictReceive({
      sendAsset: xlm, sendMax: "3", destination: bob.publicKey(), destAsset: usd, destAmount: "1", path: [],
    }),
  );
  const { records } = await horizon.operations().forTransaction(done.hash).call();
  assert.equal(records[0].source_amount, "2.0000000", "the book's price beats the pool's");
});

await step("fee bump", async () => {
  const inner = await build(alice, sdk.Operation.bumpSequence({ bumpTo: "0" }));
  const bump = sdk.TransactionBuilder.buildFeeBumpTransaction(bob, "500", inner, passphrase);
  bump.sign(bob);
  const done = await horizon.submitTransaction(bump);
  assert.equal(done.fee_account, bob.publicKey());
  assert.equal(done.inner_transaction.hash, hex(inner.hash()));
});

await step("sequence errors", async () => {
  const account = await horizon.loadAccount(alice.publicKey());
  account.incrementSequenceNumber();
  const builder = new sdk.TransactionBuilder(account, { fee: "100", networkPassphrase: passphrase });
  const gap = sign(builder, alice, [sdk.Operation.bumpSequence({ bumpTo: "0" })]);
  assert.deepEqual(await refused(horizon.submitTransaction(gap)), { transaction: "tx_bad_seq" });
  const answer = await rpc.sendTransaction(gap);
  assert.equal(answer.status, "ERROR");
  assert.equal(answer.errorResult.result.type, "txBadSeq");
});

await step("rpc", async () => {
  assert.equal((await rpc.getHealth()).status, "healthy");
  assert.equal((await rpc.getNetwork()).passphrase, passphrase);
  const account = await rpc.getAccount(alice.publicKey());
  const builder = new sdk.TransactionBuilder(account, { fee: "100", networkPassphrase: passphrase });
  const transaction = sign(builder, alice, [sdk.Operation.bumpSequence({ bumpTo: "0" })]);
  const sent = await rpc.sendTransaction(transaction);
  assert.equal(sent.status, "PENDING");
  const found = await rpc.pollTransaction(sent.hash, { attempts: 50, sleepStrategy: () => 100 });
  assert.equal(found.status, "SUCCESS");
  assert.equal(found.resultMetaXdr.type, "v4");
  const page = await rpc.getTransactions({ startLedger: found.ledger, pagination: { limit: 5 } });
  assert.equal(page.transactions[0].txHash, sent.hash);
  assert.ok((await rpc.getLatestLedger()).sequence >= found.ledger);
});

await step("stream", async () => {
  const seen = [];
  await new Promise((resolve, reject) => {
    const close = horizon.ledgers().cursor("now").stream({
      onmessage: (ledger) => {
        seen.push(ledger.sequence);
        if (seen.length === 3) resolve(close());
      },
      onerror: reject,
    });
  });
  assert.deepEqual(seen, [seen[0], seen[0] + 1, seen[0] + 2]);
});

console.log(JSON.stringify(passed));
process.exit(0);
