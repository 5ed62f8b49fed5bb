#!/usr/bin/perl
# Sends, fetches, reads, acknowledges and provokes a fault with SOAP::Lite; says in JSON what it saw.
use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8);
use JSON::PP;
use MIME::Base64;
use SOAP::Lite;

my ($address, $version, $sender_key, $receiver_key, $file, $code) = @ARGV;
SOAP::Lite->soapversion($version);
my ($ours, $canonical) = ('urn:vn:lienthong:soap:1', 'urn:vn:lienthong:dossier:1');

sub client {
    my ($key) = @_;
    my $client = SOAP::Lite->new->proxy($address)->default_ns($ours)
        ->on_action(sub { "$_[0]/$_[1]" })->on_fault(sub { $_[1] })->autotype(0);
    $client->transport->default_header(Authorization => "Bearer $key");
    $client->serializer->register_ns($canonical, 'd');
    return $client;
}

# An element of our namespace, and one of the canonical dossier.
sub own { my ($name, @value) = @_; return SOAP::Data->name($name => @value) }
sub part { my ($name, @value) = @_; return SOAP::Data->name("d:$name" => @value) }
sub holding { return \SOAP::Data->value(@_) }

sub transfer {
    my ($message_id, $kind) = @_;
    return own(transfer => holding(
        part(message_id => $message_id),
        part(event => holding(part(kind => $kind))),
        part(dossier => holding(
            part(identifiers => holding(part(identifier => holding(part(value => $code), part(scheme => 'dossier'))))),
            part(procedure => holding(part(code => '1.012784'))),
            part(applicant => holding(part(kind => 'citizen'), part(name => 'Nguyễn Văn Thử'))),
            part(components => holding(part(component => holding(part(attachments => holding(
                part(attachment => holding(part(name => 'giấy.pdf'), part(url => 'cid:f1'))))))))),
        )),
    ));
}

open my $handle, '<:raw', $file or die $!;
my $content = do { local $/; <$handle> };
my ($sender, $receiver) = (client($sender_key), client($receiver_key));
my $enclosed = own(attachments => holding(own(attachment => holding(own(id => 'f1'), own(content => encode_base64($content))))));
my $sent = $sender->call(SendDossier => transfer("perl-$code", 'submitted'), $enclosed);
die $sent->faultstring if $sent->fault;
my $delivery = $receiver->call(GetPending => own(limit => 10))->valueof('//GetPendingResponse/deliveries/delivery');
my $read = $receiver->call(GetDossier => own(transfer_id => $delivery->{transfer_id}));
my $done = $receiver->call(
    Acknowledge => own(delivery_id => $delivery->{delivery_id}), own(lease => $delivery->{lease}), own(reference => "PERL-$code"));
die $done->faultstring if $done->fault;
my $status = $sender->call(GetStatus => own(transfer_id => $sent->valueof('//receipt/transfer_id')));
my $fault = $sender->call(SendDossier => transfer('x y', 'không có'));
print encode_json({
    sent => $sent->valueof('//receipt/transfer_id'),
    pending => $delivery->{transfer_id},
    owner => $read->valueof('//applicant/name'),
    sha256 => $read->valueof('//GetDossierResponse/attachments/attachment/sha256'),
    state => $status->valueof('//delivery/state'),
    fault_code => $fault->faultcode // $fault->valueof('//Fault/Code/Value'),
    fault_text => $fault->faultstring // $fault->valueof('//Fault/Reason/Text'),
    fault_paths => [map { $_->{path} } $fault->valueof('//problems/problem')],
}), "\n";
