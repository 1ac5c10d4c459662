// ns-3's AODV (RFC 3561) under the workload of bench/side-by-side, which comes in two files; prints one JSON object.
// Needs ns-3.37 (Debian: libns3-dev). Built and run by `npm run bench:ns3`.
#include "ns3/aodv-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/mobility-module.h"
#include "ns3/network-module.h"
#include "ns3/wifi-module.h"

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

using namespace ns3;

namespace
{

constexpr uint16_t DATA_PORT = 9;
constexpr uint8_t FIRST_TTL = 64;

struct Flow
{
    uint32_t source;
    uint32_t destination;
    double startMs;
    double intervalMs;
    uint32_t messages;
    uint32_t bytes;
    uint32_t sent{0};
    // Sequence numbers that arrived, so that a duplicate counts once.
    std::set<uint32_t> arrived;
    uint64_t hops{0};
    double delayMs{0};
};

struct Counts
{
    uint64_t rreq{0};
    uint64_t rrep{0};
    uint64_t rerr{0};
    uint64_t rrepAck{0};
    uint64_t hello{0};
    uint64_t controlBytes{0};
    uint64_t dataPackets{0};
    uint64_t dataBytes{0};
    uint64_t arpPackets{0};
    uint64_t arpBytes{0};
    uint64_t phyFrames{0};
    uint64_t phyBytes{0};
};

std::vector<Flow> g_flows;
Counts g_counts;

[[noreturn]] void
Fail(const std::string& message)
{
    std::cerr << message << "\n";
    std::exit(1);
}

// Records of a table whose first line names the columns; they must be the expected ones, in this order.
std::vector<std::vector<double>>
ReadTable(const std::string& path, const std::string& head)
{
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line) || line != head)
    {
        Fail(path + ": expected the head " + head);
    }
    std::vector<std::vector<double>> records;
    while (std::getline(file, line))
    {
        std::vector<double> record;
        std::stringstream cells(line);
        for (std::string cell; std::getline(cells, cell, ',');)
        {
            record.push_back(std::stod(cell));
        }
        records.push_back(record);
    }
    return records;
}

// Flow number and sequence number lead the payload.
void
SendMessage(Ptr<Socket> socket, uint32_t flowIndex)
{
    Flow& flow = g_flows[flowIndex];
    std::vector<uint8_t> payload(flow.bytes, 0);
    const uint32_t words[2] = {flowIndex, flow.sent};
    const int64_t sentAtNs = Simulator::Now().GetNanoSeconds();
    std::memcpy(payload.data(), words, sizeof words);
    std::memcpy(payload.data() + sizeof words, &sentAtNs, sizeof sentAtNs);
    socket->Send(Create<Packet>(payload.data(), payload.size()));
    flow.sent++;
    if (flow.sent < flow.messages)
    {
        Simulator::Schedule(MilliSeconds(flow.intervalMs), &SendMessage, socket, flowIndex);
    }
}

void
ReceiveMessages(Ptr<Socket> socket)
{
    while (Ptr<Packet> packet = socket->Recv())
    {
        std::vector<uint8_t> payload(packet->GetSize());
        packet->CopyData(payload.data(), payload.size());
        uint32_t words[2];
        int64_t sentAtNs;
        std::memcpy(words, payload.data(), sizeof words);
        std::memcpy(&sentAtNs, payload.data() + sizeof words, sizeof sentAtNs);
        SocketIpTtlTag ttl;
        if (!packet->RemovePacketTag(ttl))
        {
            Fail("a received packet carries no TTL");
        }
        Flow& flow = g_flows.at(words[0]);
        if (flow.arrived.insert(words[1]).second)
        {
            // Each router on the way takes one off; the last hop takes none.
            flow.hops += FIRST_TTL - ttl.GetTtl() + 1;
            flow.delayMs += (Simulator::Now().GetNanoSeconds() - sentAtNs) / 1e6;
        }
    }
}

void
CountControl(Ptr<const Packet> udpPayload)
{
    aodv::TypeHeader type;
    Ptr<Packet> rest = udpPayload->Copy();
    rest->RemoveHeader(type);
    if (!type.IsValid())
    {
        Fail("an AODV packet has no valid type");
    }
    if (type.Get() == aodv::AODVTYPE_RREQ)
    {
        g_counts.rreq++;
    }
    else if (type.Get() == aodv::AODVTYPE_RERR)
    {
        g_counts.rerr++;
    }
    else if (type.Get() == aodv::AODVTYPE_RREP_ACK)
    {
        g_counts.rrepAck++;
    }
    else
    {
        // A HELLO is an RREP about the sender itself (RFC 3561 6.9).
        aodv::RrepHeader reply;
        rest->RemoveHeader(reply);
        (reply.GetDst() == reply.GetOrigin() ? g_counts.hello : g_counts.rrep)++;
    }
}

// Every IP packet that a node gives to its network card: its own and those it forwards.
void
CountIp(Ptr<const Packet> packet, Ptr<Ipv4> ipv4, uint32_t interface)
{
    if (DynamicCast<LoopbackNetDevice>(ipv4->GetNetDevice(interface)))
    {
        return;
    }
    Ptr<Packet> copy = packet->Copy();
    Ipv4Header ip;
    copy->RemoveHeader(ip);
    if (ip.GetProtocol() != UdpL4Protocol::PROT_NUMBER)
    {
        return;
    }
    UdpHeader udp;
    copy->RemoveHeader(udp);
    if (udp.GetDestinationPort() == aodv::RoutingProtocol::AODV_PORT)
    {
        g_counts.controlBytes += packet->GetSize();
        CountControl(copy);
    }
    else
    {
        g_counts.dataPackets++;
        g_counts.dataBytes += packet->GetSize();
    }
}

void
CountFrame(Ptr<const Packet> packet, double)
{
    g_counts.phyFrames++;
    g_counts.phyBytes += packet->GetSize();
    // Link-layer ARP frames: MAC header, LLC/SNAP with type 0x0806.
    WifiMacHeader mac;
    Ptr<Packet> copy = packet->Copy();
    copy->RemoveHeader(mac);
    LlcSnapHeader llc;
    if (mac.IsData() && copy->GetSize() > llc.GetSerializedSize() && copy->RemoveHeader(llc) && llc.GetType() == ArpL3Protocol::PROT_NUMBER)
    {
        g_counts.arpPackets++;
        g_counts.arpBytes += packet->GetSize();
    }
}

NetDeviceContainer
InstallWifi(const NodeContainer& nodes, double rangeM, const std::string& unicastRate)
{
    YansWifiChannelHelper channel;
    channel.SetPropagationDelay("ns3::ConstantSpeedPropagationDelayModel");
    channel.AddPropagationLoss("ns3::RangePropagationLossModel", "MaxRange", DoubleValue(rangeM));
    YansWifiPhyHelper phy;
    phy.SetChannel(channel.Create());
    WifiMacHelper mac;
    mac.SetType("ns3::AdhocWifiMac");
    WifiHelper wifi;
    wifi.SetStandard(WIFI_STANDARD_80211b);
    wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager",
                                 "DataMode",
                                 StringValue(unicastRate),
                                 "ControlMode",
                                 StringValue("DsssRate1Mbps"));
    return wifi.Install(phy, mac, nodes);
}

void
PlaceNodes(const NodeContainer& nodes, const std::vector<std::vector<double>>& places)
{
    Ptr<ListPositionAllocator> positions = CreateObject<ListPositionAllocator>();
    for (const auto& place : places)
    {
        positions->Add(Vector(place.at(1), place.at(2), 0));
    }
    MobilityHelper mobility;
    mobility.SetPositionAllocator(positions);
    mobility.SetMobilityModel("ns3::ConstantPositionMobilityModel");
    mobility.Install(nodes);
}

void
StartFlows(const NodeContainer& nodes, const Ipv4InterfaceContainer& addresses)
{
    for (uint32_t node = 0; node < nodes.GetN(); node++)
    {
        Ptr<Socket> sink = Socket::CreateSocket(nodes.Get(node), UdpSocketFactory::GetTypeId());
        sink->Bind(InetSocketAddress(Ipv4Address::GetAny(), DATA_PORT));
        sink->SetIpRecvTtl(true);
        sink->SetRecvCallback(MakeCallback(&ReceiveMessages));
    }
    for (uint32_t index = 0; index < g_flows.size(); index++)
    {
        const Flow& flow = g_flows[index];
        Ptr<Socket> socket = Socket::CreateSocket(nodes.Get(flow.source), UdpSocketFactory::GetTypeId());
        socket->Bind();
        socket->SetIpTtl(FIRST_TTL);
        socket->Connect(InetSocketAddress(addresses.GetAddress(flow.destination), DATA_PORT));
        Simulator::Schedule(MilliSeconds(flow.startMs), &SendMessage, socket, index);
    }
}

void
PrintResult()
{
    std::cout << "{\"control\":{\"rreq\":" << g_counts.rreq << ",\"rrep\":" << g_counts.rrep << ",\"rerr\":" << g_counts.rerr
              << ",\"rrepAck\":" << g_counts.rrepAck << ",\"hello\":" << g_counts.hello << "},\"controlBytes\":" << g_counts.controlBytes
              << ",\"dataPackets\":" << g_counts.dataPackets << ",\"dataBytes\":" << g_counts.dataBytes
              << ",\"arpPackets\":" << g_counts.arpPackets << ",\"arpBytes\":" << g_counts.arpBytes
              << ",\"phyFrames\":" << g_counts.phyFrames << ",\"phyBytes\":" << g_counts.phyBytes << ",\"flows\":[";
    for (size_t index = 0; index < g_flows.size(); index++)
    {
        const Flow& flow = g_flows[index];
        std::cout << (index == 0 ? "" : ",") << "{\"sent\":" << flow.sent << ",\"delivered\":" << flow.arrived.size()
                  << ",\"hops\":" << flow.hops << ",\"delayMs\":" << flow.delayMs << "}";
    }
    std::cout << "]}" << std::endl;
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string topologyPath;
    std::string flowsPath;
    std::string unicastRate = "DsssRate11Mbps";
    double rangeM = 250;
    double durationMs = 0;
    uint32_t run = 1;
    bool withArp = false;
    CommandLine command(__FILE__);
    command.AddValue("topology", "table node,xM,yM", topologyPath);
    command.AddValue("flows", "table source,destination,startMs,intervalMs,messages,bytes", flowsPath);
    command.AddValue("rangeM", "radio range", rangeM);
    command.AddValue("durationMs", "simulated time, the drain included", durationMs);
    command.AddValue("unicastRate", "802.11b mode of unicast frames", unicastRate);
    command.AddValue("arp", "resolve addresses by ARP instead of knowing them", withArp);
    command.AddValue("run", "run number of ns-3's random streams", run);
    command.Parse(argc, argv);
    RngSeedManager::SetSeed(1);
    RngSeedManager::SetRun(run);

    const auto places = ReadTable(topologyPath, "node,xM,yM");
    for (const auto& cells : ReadTable(flowsPath, "source,destination,startMs,intervalMs,messages,bytes"))
    {
        Flow flow;
        flow.source = cells.at(0);
        flow.destination = cells.at(1);
        flow.startMs = cells.at(2);
        flow.intervalMs = cells.at(3);
        flow.messages = cells.at(4);
        flow.bytes = cells.at(5);
        g_flows.push_back(flow);
    }

    NodeContainer nodes;
    nodes.Create(places.size());
    PlaceNodes(nodes, places);
    NetDeviceContainer devices = InstallWifi(nodes, rangeM, unicastRate);
    AodvHelper aodv;
    InternetStackHelper internet;
    internet.SetRoutingHelper(aodv);
    internet.Install(nodes);
    Ipv4AddressHelper addresses;
    addresses.SetBase("10.0.0.0", "255.255.0.0");
    Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
    // Two nodes that ask at the same moment repeat their ARP requests in step, collide every time, and then drop everything for 100 s.
    // That is no property of AODV, and it would count in favour of the other side.
    if (!withArp)
    {
        NeighborCacheHelper().PopulateNeighborCache();
    }

    Config::ConnectWithoutContext("/NodeList/*/$ns3::Ipv4L3Protocol/Tx", MakeCallback(&CountIp));
    Config::ConnectWithoutContext("/NodeList/*/DeviceList/*/$ns3::WifiNetDevice/Phy/PhyTxBegin", MakeCallback(&CountFrame));
    StartFlows(nodes, interfaces);
    Simulator::Stop(MilliSeconds(durationMs));
    Simulator::Run();
    PrintResult();
    Simulator::Destroy();
    return 0;
}
