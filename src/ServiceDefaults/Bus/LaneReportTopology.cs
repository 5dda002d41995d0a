using MassTransit;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>How lane reports travel: a fan-out of small messages that expire, to whoever listens.</summary>
public static class LaneReportTopology
{
    /// <summary>Reports waiting for one listener; the oldest go first.</summary>
    public const int MaxReportsKept = 1_000;

    public static readonly Uri Exchange = new($"exchange:{LaneReport.Exchange}?type=fanout&durable=true");

    /// <summary>An endpoint of one process alone that hears every report while it is fresh.</summary>
    /// <param name="who">instance that listens</param>
    /// <param name="hear">called one report at a time</param>
    public static void HearsLaneReports(this IRabbitMqBusFactoryConfigurator bus, string who, Action<LaneReport> hear) =>
        // A name of its own per start: the broker may still hold the last one's queue for a lost connection.
        bus.ReceiveEndpoint($"lane-reports.{who}.{Guid.CreateVersion7():n}", endpoint =>
        {
            endpoint.HearsAlone(LaneReport.Exchange, Wire.Default.LaneReport, hear);
            endpoint.SetQueueArgument("x-message-ttl", (int)LaneReport.GoneAfter.TotalMilliseconds);
            endpoint.SetQueueArgument("x-max-length", MaxReportsKept);
        });
}
