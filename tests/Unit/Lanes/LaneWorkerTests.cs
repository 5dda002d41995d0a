using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Unit.Lanes;

public sealed class LaneWorkerTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly Lane _lane = new(3, TimeProvider.System);
    private readonly NpgsqlDataSource _nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _committed = new(0);
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _nowhere.DisposeAsync();
    }

    [Fact]
    public async Task Whatever_happens_while_it_waits_for_work_a_worker_goes_on()
    {
        var failed = 0;
        Start(new Rounds(() => throw new InvalidOperationException($"no pace, {++failed}"), new FakeTimeProvider())); // asked from the second round on

        for (ulong tag = 1; tag <= 3; tag++)
        {
            var done = _lane.DeliverAsync(_channel, tag, redelivered: false, NobodysHunt());
            Assert.True(await _committed.WaitAsync(Soon), $"Batch {tag} was not committed.");
            await done.WaitAsync(Soon);
        }
        Assert.Equal(2, failed);
    }

    private readonly RabbitMQ.Client.IChannel _channel = FakeChannel.Open();

    /// <summary>Parked without a look at any store.</summary>
    private static Envelope NobodysHunt() => new(3, 1, "ingress-1",
        [new AcceptedAction("No Slug", "ada", "f", DateTimeOffset.UnixEpoch, new OpenHunt { ActionId = Guid.CreateVersion7() })]);

    private void Start(Rounds rounds)
    {
        var (time, log) = (TimeProvider.System, NullLogger.Instance);
        var live = new LiveSettings(SettingsSchema.Defaults);
        var pipelines = new LivePipelines(live, time);
        var (reader, checkpoints, seal) = (new FactReader(_nowhere), new Checkpoints(_nowhere, log), new Seal("k1", new byte[32]));
        var options = new HuntOptions { Instance = "processor-1", Postgres = _nowhere.ConnectionString, RabbitMq = new Uri("amqp://127.0.0.1:1"), DataDir = ".", Lanes = 4, SealKeyId = "k1", SealKey = new byte[32], TokenKey = new byte[32] };
        var commits = new GroupCommit(
            writes =>
            {
                Assert.Single(writes.Parked);
                _committed.Release();
                return Task.CompletedTask;
            },
            () => 1);
        var cache = new HuntCache(reader, checkpoints, seal, time);
        var committer = new BatchCommitter(_lane, live, cache, new BatchDecider(cache, reader, seal, options.Instance, time), commits, pipelines.Store, new LaneMetrics(), time, log);
        var stages = new StageClock(new StageTimes(time), time);
        var announcer = new Announcer(null!, pipelines, options, NullLogger<Announcer>.Instance); // nobody asked for these outcomes
        var teller = new BatchTeller(_lane, reader, announcer, pipelines.Store, stages, time, log);
        var worker = new LaneWorker(_lane, new LaneGate(live), rounds, live, cache, committer, teller, new LaneCheckpoints(checkpoints, log), stages, log);
        _running = Task.Run(() => worker.RunAsync(_stopping.Token));
    }
}
