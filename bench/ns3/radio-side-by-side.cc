// ns-3's 802.11b under the loads of bench/side-by-side/radio-load.ts, without any routing: who received what; prints one JSON object.
// Needs ns-3.37 (Debian: libns3-dev). Built and run by `npm run bench:ns3`.
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

constexpr uint16_t PORT = 9;
// What UDP and IPv4 put in front of a payload.
constexpr uint32_t HEADER_BYTES = 28;

uint64_t g_broadcastsReceived = 0;
uint64_t g_unicastsReceived = 0;
double g_unicastDelayMs = 0;
uint64_t g_frames = 0;
std::set<uint32_t> g_seenUnicasts;

std::vector<std::vector<double>>
ReadTable(const std::string& path, const std::string& head)
{
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line) || line != head)
    {
        std::cerr << path << ": expected the head " << head << "\n";
        std::exit(1);
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

// The payload begins with the number of the message, whether it is a broadcast, and when it was sent.
struct Head
{
    uint32_t message;
    uint32_t isBroadcast;
    int64_t sentAtNs;
};

void
Send(Ptr<Socket> socket, Address to, Head head, uint32_t payloadBytes)
{
    head.sentAtNs = Simulator::Now().GetNanoSeconds();
    std::vector<uint8_t> payload(payloadBytes, 0);
    std::memcpy(payload.data(), &head, sizeof head);
    socket->SendTo(Create<Packet>(payload.data(), payload.size()), 0, to);
}

void
Receive(Ptr<Socket> socket)
{
    while (Ptr<Packet> packet = socket->Recv())
    {
        Head head;
        packet->CopyData(reinterpret_cast<uint8_t*>(&head), sizeof head);
        if (head.isBroadcast != 0)
        {
            g_broadcastsReceived++;
        }
        else if (g_seenUnicasts.insert(head.message).second)
        {
            g_unicastsReceived++;
            g_unicastDelayMs += (Simulator::Now().GetNanoSeconds() - head.sentAtNs) / 1e6;
        }
    }
}

void
CountFrame(Ptr<const Packet>, double)
{
    g_frames++;
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string topologyPath;
    std::string loadPath;
    double rangeM = 250;
    double durationMs = 0;
    CommandLine command(__FILE__);
    command.AddValue("topology", "table node,xM,yM", topologyPath);
    command.AddValue("load", "table atMs,from,to,bytes; to is -1 for a broadcast, bytes is an IP packet", loadPath);
    command.AddValue("rangeM", "radio range", rangeM);
    command.AddValue("durationMs", "simulated time", durationMs);
    command.Parse(argc, argv);

    const auto places = ReadTable(topologyPath, "node,xM,yM");
    NodeContainer nodes;
    nodes.Create(places.size());
    Ptr<ListPositionAllocator> positions = CreateObject<ListPositionAllocator>();
    for (const auto& place : places)
    {
        positions->Add(Vector(place.at(1), place.at(2), 0));
    }
    MobilityHelper mobility;
    mobility.SetPositionAllocator(positions);
    mobility.SetMobilityModel("ns3::ConstantPositionMobilityModel");
    mobility.Install(nodes);

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
                                 StringValue("DsssRate11Mbps"),
                                 "ControlMode",
                                 StringValue("DsssRate1Mbps"));
    NetDeviceContainer devices = wifi.Install(phy, mac, nodes);
    InternetStackHelper().Install(nodes);
    Ipv4AddressHelper addresses;
    addresses.SetBase("10.0.0.0", "255.255.0.0");
    Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
    NeighborCacheHelper().PopulateNeighborCache();

    std::vector<Ptr<Socket>> sockets;
    for (uint32_t node = 0; node < nodes.GetN(); node++)
    {
        Ptr<Socket> socket = Socket::CreateSocket(nodes.Get(node), UdpSocketFactory::GetTypeId());
        socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        socket->SetAllowBroadcast(true);
        socket->SetRecvCallback(MakeCallback(&Receive));
        sockets.push_back(socket);
    }
    uint32_t message = 0;
    for (const auto& record : ReadTable(loadPath, "atMs,from,to,bytes"))
    {
        const int to = static_cast<int>(record.at(2));
        const Ipv4Address address = to < 0 ? Ipv4Address("10.0.255.255") : interfaces.GetAddress(to);
        Simulator::Schedule(NanoSeconds(record.at(0) * 1e6),
                            &Send,
                            sockets[static_cast<size_t>(record.at(1))],
                            Address(InetSocketAddress(address, PORT)),
                            Head{message++, to < 0 ? 1U : 0U, 0},
                            static_cast<uint32_t>(record.at(3)) - HEADER_BYTES);
    }
    Config::ConnectWithoutContext("/NodeList/*/DeviceList/*/$ns3::WifiNetDevice/Phy/PhyTxBegin", MakeCallback(&CountFrame));
    Simulator::Stop(MilliSeconds(durationMs));
    Simulator::Run();
    std::cout << "{\"broadcastsReceived\":" << g_broadcastsReceived << ",\"unicastsReceived\":" << g_unicastsReceived
              << ",\"unicastDelayMs\":" << g_unicastDelayMs << ",\"frames\":" << g_frames << "}" << std::endl;
    Simulator::Destroy();
    return 0;
}
