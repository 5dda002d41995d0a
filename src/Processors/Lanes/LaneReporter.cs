using MassTransit;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Says once a second what this processor does, and that it is leaving before it gives its lanes up. Nobody waits for it: a
/// report that cannot leave is dropped, the next one says it all.
/// </summary>
public sealed class LaneReporter(
    LaneHost host, LaneMetrics metrics, LiveSettings settings, IResultsBus bus, HuntOptions options, TimeProvider time, ILogger<LaneReporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromMilliseconds(500);

    private readonly long[] _committed = new long[options.Lanes];
    private long _last = time.GetTimestamp();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SendAsync(LaneStage.Leaving);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LaneReport.Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await SendAsync(host.IsSubscribed ? LaneStage.Working : LaneStage.Starting);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private LaneReport Report(LaneStage stage)
    {
        var elapsed = time.GetElapsedTime(_last).TotalSeconds;
        _last = time.GetTimestamp();
        return new LaneReport(options.Instance, options.Weight, stage, settings.Current.Version, [.. host.Workers.Select(worker =>
        {
            var lane = worker.Lane;
            var committed = metrics.CommittedOn(lane.Number);
            var rate = elapsed > 0 ? Math.Round((committed - _committed[lane.Number]) / elapsed, 1) : 0;
            _committed[lane.Number] = committed;
            return new LaneState(lane.Number, lane.Subscribed, lane.Active, committed, rate, lane.InHand);
        })]);
    }

    private async Task SendAsync(LaneStage stage)
    {
        using var timeout = new CancellationTokenSource(SendTimeout);
        try
        {
            await bus.SendWithinAsync(LaneReportTopology.Exchange, Report(stage), Pipe.Execute<SendContext<LaneReport>>(context =>
            {
                context.Durable = false;
                context.TimeToLive = LaneReport.GoneAfter;
                if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit)) rabbit.AwaitAck = false;
            }), timeout.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logger.LogDebug("A lane report could not be sent: {Why}", e.Message);
        }
    }
}
