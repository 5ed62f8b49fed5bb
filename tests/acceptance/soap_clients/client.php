<?php
// Sends, fetches, reads, acknowledges and provokes a fault with PHP's SoapClient; says in JSON what it saw.
[, $address, $version, $senderKey, $receiverKey, $file, $code] = $argv;

function client(string $address, string $version, string $key): SoapClient
{
    return new SoapClient("$address?wsdl", [
        'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'exceptions' => true,
        'stream_context' => stream_context_create(['http' => ['header' => "Authorization: Bearer $key"]]),
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    ]);
}

$sender = client($address, $version, $senderKey);
$receiver = client($address, $version, $receiverKey);
$transfer = [
    'message_id' => "php-$code",
    'event' => ['kind' => 'submitted'],
    'dossier' => [
        'identifiers' => ['identifier' => [['value' => $code, 'scheme' => 'dossier']]],
        'procedure' => ['code' => '1.012784'],
        'applicant' => ['kind' => 'citizen', 'name' => 'Nguyễn Văn Thử'],
        'components' => ['component' => [['attachments' => ['attachment' => [['name' => 'giấy.pdf', 'url' => 'cid:f1']]]]]],
    ],
];
$enclosed = ['attachment' => [['id' => 'f1', 'content' => file_get_contents($file)]]];
$sent = $sender->SendDossier(['transfer' => $transfer, 'attachments' => $enclosed]);
$delivery = $receiver->GetPending(['limit' => 10, 'hold_seconds' => 60])->deliveries->delivery[0];
$read = $receiver->GetDossier(['transfer_id' => $delivery->transfer_id]);
$receiver->Acknowledge(['delivery_id' => $delivery->delivery_id, 'lease' => $delivery->lease, 'reference' => "PHP-$code"]);
$status = $sender->GetStatus(['transfer_id' => $sent->receipt->transfer_id]);
try {
    $transfer['event']['kind'] = 'không có';
    $transfer['message_id'] = 'x y';
    $sender->SendDossier(['transfer' => $transfer]);
    $fault = null;
} catch (SoapFault $error) {
    $fault = $error;
}
echo json_encode([
    'sent' => $sent->receipt->transfer_id,
    'pending' => $delivery->transfer_id,
    'owner' => $read->transfer->dossier->applicant->name,
    'sha256' => $read->attachments->attachment[0]->sha256,
    'state' => $status->deliveries->delivery[0]->state,
    'fault_code' => $fault->faultcode,
    'fault_text' => $fault->faultstring,
    'fault_paths' => array_map(fn ($one) => $one->path, $fault->detail->Fault->problems->problem),
]), "\n";
