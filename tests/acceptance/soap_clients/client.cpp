// Sends (with the attachment by MTOM), fetches (by MTOM), reads, acknowledges and provokes a fault with gSOAP; says in JSON what it saw.
#include <fstream>
#include <iostream>
#include <iterator>

#include "LienthongSoap11.nsmap"
#include "soapLienthongSoap11Proxy.h"

// The generated table speaks SOAP 1.2; this one the other version.
static Namespace of_11[] = {
    {"SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/", nullptr, nullptr},
    {"SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/", nullptr, nullptr},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", nullptr, nullptr},
    {"xsd", "http://www.w3.org/2001/XMLSchema", nullptr, nullptr},
    {"ns2", "urn:vn:lienthong:soap:1:wsdl", nullptr, nullptr},
    {"ns3", "urn:vn:lienthong:dossier:1", nullptr, nullptr},
    {"ns1", "urn:vn:lienthong:soap:1", nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr},
};

struct Client {
    bool is_12;
    soap *context;
    LienthongSoap11Proxy proxy;
    std::string header;

    Client(const char *address, const std::string &version, const std::string &key)
        : is_12(version == "1.2"), context(soap_new1(SOAP_ENC_MTOM | SOAP_C_UTFSTRING)), proxy(context, address), header("Authorization: Bearer " + key) {
        if (!is_12) soap_set_namespaces(context, of_11);
    }
    // gSOAP forgets extra headers after each call.
    LienthongSoap11Proxy &ask() {
        context->http_extra_header = header.c_str();
        return proxy;
    }
    void must(int error) {
        if (error) {
            soap_print_fault(context, stderr);
            std::exit(1);
        }
    }
};

static ns3__Transfer *transfer(soap *context, const std::string &message_id, const std::string &code) {
    auto *made = soap_new_ns3__Transfer(context);
    made->message_USCOREid = message_id;
    made->event = soap_new_ns3__Event(context);
    made->event->kind = _ns3__Event_kind__submitted;
    made->dossier = soap_new_ns3__Dossier(context);
    auto *identifier = soap_new_ns3__Identifier(context);
    identifier->value = code;
    identifier->scheme = "dossier";
    made->dossier->identifiers.identifier.push_back(identifier);
    made->dossier->procedure = soap_new_ns3__Procedure(context);
    made->dossier->procedure->code = "1.012784";
    made->dossier->applicant = soap_new_ns3__Applicant(context);
    made->dossier->applicant->kind = _ns3__Applicant_kind__citizen;
    made->dossier->applicant->name = soap_new_std__string(context);
    *made->dossier->applicant->name = "Nguyễn Văn Thử";
    auto *attachment = soap_new_ns3__Attachment(context);
    attachment->name = "giấy.pdf";
    attachment->url = soap_new_std__string(context);
    *attachment->url = "cid:f1";
    auto *component = soap_new_ns3__Component(context);
    component->attachments = soap_new__ns3__Component_attachments(context);
    component->attachments->attachment.push_back(attachment);
    made->dossier->components = soap_new__ns3__Dossier_components(context);
    made->dossier->components->component.push_back(component);
    return made;
}

static std::string paths(soap *context, bool is_12) {
    auto *detail = is_12 ? context->fault->SOAP_ENV__Detail : context->fault->detail;
    std::string found;
    if (detail && detail->ns1__Fault_ && detail->ns1__Fault_->problems)
        for (auto *problem : detail->ns1__Fault_->problems->problem)
            found += (found.empty() ? "\"" : ", \"") + problem->path + "\"";
    return found;
}

int main(int, char **arguments) {
    std::string version = arguments[2], code = arguments[6];
    std::ifstream file(arguments[5], std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    Client sender(arguments[1], version, arguments[3]), receiver(arguments[1], version, arguments[4]);

    ns1__SendDossier sending;
    sending.transfer = transfer(sender.context, "gsoap-" + code, code);
    sending.attachments = soap_new__ns1__SendDossier_attachments(sender.context);
    auto *enclosure = soap_new_ns1__Enclosure(sender.context);
    enclosure->id = "f1";
    enclosure->content.__ptr = reinterpret_cast<unsigned char *>(&content[0]);
    enclosure->content.__size = static_cast<int>(content.size());
    enclosure->content.type = const_cast<char *>("application/pdf");
    sending.attachments->attachment.push_back(enclosure);
    ns1__SendDossierResponse sent;
    sender.must(sender.ask().SendDossier(&sending, sent));

    ns1__GetPending pending;
    ns1__GetPendingResponse waiting;
    receiver.must(receiver.ask().GetPending(&pending, waiting));
    auto *delivery = waiting.deliveries->delivery.at(0);

    ns1__GetDossier reading;
    reading.transfer_USCOREid = delivery->transfer_USCOREid;
    auto with_contents = _ns1__GetDossier_contents__mtom;
    reading.contents = &with_contents;
    ns1__GetDossierResponse read;
    receiver.must(receiver.ask().GetDossier(&reading, read));
    auto *stored = read.attachments->attachment.at(0);
    std::string came(reinterpret_cast<char *>(stored->content->__ptr), stored->content->__size);

    ns1__Acknowledge taking;
    taking.delivery_USCOREid = delivery->delivery_USCOREid;
    taking.lease = delivery->lease;
    ns1__AcknowledgeResponse taken;
    receiver.must(receiver.ask().Acknowledge(&taking, taken));
    ns1__GetStatus looking;
    looking.transfer_USCOREid = sent.receipt->transfer_USCOREid;
    ns1__GetStatusResponse status;
    sender.must(sender.ask().GetStatus(&looking, status));

    ns1__SendDossier broken;
    broken.transfer = transfer(sender.context, "x y", "");
    ns1__SendDossierResponse unsent;
    if (!sender.ask().SendDossier(&broken, unsent)) return 1;
    bool is_12 = version == "1.2";
    std::cout << "{\"sent\": \"" << sent.receipt->transfer_USCOREid << "\", \"pending\": \"" << delivery->transfer_USCOREid
              << "\", \"owner\": \"" << *read.transfer->dossier->applicant->name << "\", \"sha256\": \"" << stored->sha256
              << "\", \"same\": " << (came == content ? "true" : "false") << ", \"state\": \""
              << soap__ns1__Delivery_state2s(sender.context, status.deliveries->delivery.at(0)->state) << "\", \"fault_code\": \""
              << *soap_faultcode(sender.context) << "\", \"fault_text\": \"" << *soap_faultstring(sender.context)
              << "\", \"fault_paths\": [" << paths(sender.context, is_12) << "]}\n";
    return 0;
}
