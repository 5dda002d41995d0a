using System.Diagnostics.Metrics;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Ingress.Lanes;

/// <summary>All lanes of this ingress. Declares their queues, runs their writers, and lets them finish when the host stops.</summary>
public sealed class LaneWriters : BackgroundService
{
    private readonly HuntOptions _options;
    private readonly ILogger<LaneWriters> _log;
    private readonly LaneWriter[] _lanes;
    private Task _writers = Task.CompletedTask;

    public LaneWriters(
        HuntOptions options, LanePublisher publisher, LiveSettings settings, StageTimes stages, TimeProvider clock, IMeterFactory meters, ILogger<LaneWriters> log)
    {
        _options = options;
        _log = log;
        ReplyTo = $"outcomes.{options.Instance}.{clock.GetUtcNow().ToUnixTimeMilliseconds():x}";
        var meter = meters.Create("TreasureHunt");
        var sizes = meter.CreateHistogram<int>("hunt.ingress.envelope.actions", "{action}", "Actions in an envelope");
        var rounds = new Rounds(() => settings.Current.Ingress.Pace, clock, Rounds.PerAction);
        _lanes = new LaneWriter[options.Lanes];
        for (var lane = 0; lane < _lanes.Length; lane++)
            _lanes[lane] = new LaneWriter(lane, options.Instance, ReplyTo, new LaneLedger(clock), PublishAsync, rounds, stages, clock);
        meter.CreateObservableGauge("hunt.ingress.lane.depth", Depths, "{action}", "Accepted and undecided actions of a lane");

        Task PublishAsync(Envelope envelope, CancellationToken cancel)
        {
            sizes.Record(envelope.Actions.Count);
            return publisher.PublishAsync(envelope, cancel);
        }
    }

    /// <summary>Queue of this process that outcomes come back to.</summary>
    public string ReplyTo { get; }

    public IReadOnlyList<LaneWriter> All => _lanes;

    public LaneWriter Of(string hunt) => _lanes[LaneHash.LaneOf(hunt, _lanes.Length)];

    public void Decided(CommittedOutcomes answer)
    {
        if (answer.Ingress != _options.Instance) return;
        foreach (var envelope in answer.Envelopes)
            if (envelope.Lane >= 0 && envelope.Lane < _lanes.Length) _lanes[envelope.Lane].Ledger.Decided(envelope);
    }

    /// <summary>Stop: what was accepted is still sent, as far as the host's shutdown timeout allows.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes) lane.Complete();
        await _writers.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var writers = Array.ConvertAll(_lanes, lane => Task.Run(() => lane.RunAsync(stoppingToken), CancellationToken.None));
        _writers = Task.WhenAll(writers);
        await DeclareAsync(stoppingToken);
        await foreach (var ended in Task.WhenEach(writers)) await ended; // one that fails ends the process: a lane without a writer would be refused for ever
    }

    /// <summary>Until the broker answers; meanwhile requests are answered 503.</summary>
    private async Task DeclareAsync(CancellationToken stop)
    {
        try
        {
            await LaneTopology.DeclareAsync(_options, _log, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the host is stopping
        }
    }

    private IEnumerable<Measurement<int>> Depths()
    {
        foreach (var lane in _lanes)
            yield return new Measurement<int>(lane.Ledger.Undecided, new KeyValuePair<string, object?>("lane", lane.Lane));
    }
}
