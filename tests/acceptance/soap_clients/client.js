// Sends, fetches, reads, acknowledges and provokes a fault with the npm package soap; says in JSON what it saw.
const { readFileSync } = require('node:fs');
const soap = require('soap');

const [address, version, senderKey, receiverKey, file, code] = process.argv.slice(2);

async function client(key) {
  const made = await soap.createClientAsync(`${address}?wsdl`, { forceSoap12Headers: version === '1.2' });
  made.addHttpHeader('Authorization', `Bearer ${key}`);
  return made.Lienthong[version === '1.2' ? 'LienthongSoap12' : 'LienthongSoap11'];
}

const ask = (port, name, said) =>
  new Promise((resolve, reject) => port[name](said, (error, found) => (error ? reject(error) : resolve(found))));

function transfer(messageId, kind) {
  return {
    message_id: messageId,
    event: { kind },
    dossier: {
      identifiers: { identifier: [{ value: code, scheme: 'dossier' }] },
      procedure: { code: '1.012784' },
      applicant: { kind: 'citizen', name: 'Nguyễn Văn Thử' },
      components: { component: [{ attachments: { attachment: [{ name: 'giấy.pdf', url: 'cid:f1' }] } }] },
    },
  };
}

async function main() {
  const [sender, receiver] = [await client(senderKey), await client(receiverKey)];
  const attachments = { attachment: [{ id: 'f1', content: readFileSync(file).toString('base64') }] };
  const sent = await ask(sender, 'SendDossier', { transfer: transfer(`node-${code}`, 'submitted'), attachments });
  const pending = await ask(receiver, 'GetPending', { limit: 10, hold_seconds: 60 });
  const delivery = [pending.deliveries.delivery].flat()[0];
  const read = await ask(receiver, 'GetDossier', { transfer_id: delivery.transfer_id });
  await ask(receiver, 'Acknowledge', { delivery_id: delivery.delivery_id, lease: delivery.lease, reference: `NODE-${code}` });
  const status = await ask(sender, 'GetStatus', { transfer_id: sent.receipt.transfer_id });
  const fault = await ask(sender, 'SendDossier', { transfer: transfer('x y', 'không có') }).catch((error) => error.root.Envelope.Body.Fault);
  const twelve = version === '1.2';
  console.log(
    JSON.stringify({
      sent: sent.receipt.transfer_id,
      pending: delivery.transfer_id,
      owner: read.transfer.dossier.applicant.name,
      sha256: [read.attachments.attachment].flat()[0].sha256,
      state: [status.deliveries.delivery].flat()[0].state,
      fault_code: twelve ? fault.Code.Value : fault.faultcode,
      fault_text: twelve ? fault.Reason.Text.$value ?? fault.Reason.Text : fault.faultstring.$value ?? fault.faultstring,
      fault_paths: [(twelve ? fault.Detail : fault.detail).Fault.problems.problem].flat().map((one) => one.path),
    }),
  );
}

main();
