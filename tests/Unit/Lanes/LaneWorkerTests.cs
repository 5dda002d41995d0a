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

public sealed class LaneWorkerTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly Lane _lane = new(3, TimeProvider.System);
    private readonly NpgsqlDataSource _nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _committed = new(0);
    private Task _running = Task.CompletedTask;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _nowhere.DisposeAsync();
    }

    [Fact]
    public async Task Whatever_happens_while_it_waits_for_work_a_worker_goes_on()
    {
        var failed = 0;
        Start(new Rounds(() => throw new InvalidOperationException($"no pace, {++failed}"), new FakeTimeProvider(), Rounds.PerAction)); // asked from the second round on

        for (ulong tag = 1; tag <= 3; tag++)
        {
            var done = _lane.DeliverAsync(_channel, tag, redelivered: false, NobodysHunt());
            Assert.True(await _committed.WaitAsync(Soon), $"Batch {tag} was not committed.");
            await done.WaitAsync(Soon);
        }
        Assert.Equal(2, failed);
    }

    [Fact]
    public async Task One_that_is_stopped_ends_what_the_store_has_and_gives_it_no_more()
    {
        var (held, begun, decisions) = (new TaskCompletionSource(), 0, new AskedForTheTime());
        var delivered = Enumerable.Range(1, 4).Select(tag => _lane.DeliverAsync(_channel, (ulong)tag, redelivered: false, NobodysHunt(Envelope.MaxActions))).ToList();
        Start(new Rounds(() => TimeSpan.Zero, TimeProvider.System, Rounds.PerAction), decisions, batchCap: Envelope.MaxActions, commit: _ =>
        {
            Interlocked.Increment(ref begun);
            return held.Task;
        });
        Assert.True(SpinWait.SpinUntil(() => decisions.Asked >= 2 * Envelope.MaxActions, Soon), "The second batch was not decided while the first was being committed.");

        await _stopping.CancelAsync();
        Assert.False(_running.IsCompleted);
        held.SetResult();
        await delivered[0].WaitAsync(Soon); // told and acknowledged
        await _running.WaitAsync(Soon);
        Assert.Equal((1, false), (begun, delivered[1].IsCompleted));
    }

    private readonly RabbitMQ.Client.IChannel _channel = FakeChannel.Open();

    /// <summary>Parked without a look at any store.</summary>
    private static Envelope NobodysHunt(int actions = 1) => new(3, 1, "ingress-1",
        [.. Enumerable.Range(0, actions).Select(_ => new AcceptedAction("No Slug", "ada", "f", DateTimeOffset.UnixEpoch, new OpenHunt { ActionId = Guid.CreateVersion7() }))]);

    private void Start(Rounds rounds, TimeProvider? clock = null, int? batchCap = null, Func<BatchWrites, Task>? commit = null)
    {
        var (time, log) = (TimeProvider.System, NullLogger.Instance);
        var live = new LiveSettings(SettingsSchema.Defaults);
        if (batchCap is { } cap) live.Replace(live.Current with { Lane = live.Current.Lane with { BatchCap = cap } });
        var pipelines = new LivePipelines(live, time);
        var (reader, checkpoints, seal) = (new FactReader(_nowhere), new Checkpoints(_nowhere, log), new Seal("k1", new byte[32]));
        var options = new HuntOptions { Instance = "processor-1", Postgres = _nowhere.ConnectionString, RabbitMq = new Uri("amqp://127.0.0.1:1"), DataDir = ".", Lanes = 4, SealKeyId = "k1", SealKey = new byte[32], TokenKey = new byte[32] };
        var commits = new GroupCommit(
            commit ?? (writes =>
            {
                Assert.Single(writes.Parked);
                _committed.Release();
                return Task.CompletedTask;
            }),
            () => 1, time);
        var cache = new HuntCache(reader, checkpoints, seal, time);
        var committer = new BatchCommitter(_lane, live, cache, new BatchDecider(cache, reader, seal, options.Instance, clock ?? time), commits, pipelines.Store, new LaneMetrics(), time, log);
        var stages = new StageClock(new StageTimes(time), time);
        var announcer = new Announcer(null!, pipelines, options, NullLogger<Announcer>.Instance); // nobody asked for these outcomes
        var teller = new BatchTeller(_lane, reader, announcer, pipelines.Store, stages, time, log);
        var worker = new LaneWorker(_lane, new LaneGate(live), rounds, live, cache, committer, teller, new LaneCheckpoints(checkpoints, log), stages, log);
        _running = Task.Run(() => worker.RunAsync(_stopping.Token));
    }
}
