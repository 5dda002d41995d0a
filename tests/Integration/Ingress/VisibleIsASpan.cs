using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Views over a real store that hear what a processor committed; the clock is the test's, so that a span's times are known.</summary>
public sealed class VisibleIsASpan : IClassFixture<Servers>, IAsyncLifetime, IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2020, 2, 29, 18, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityContext _batch = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
    private readonly ActivityListener _listener;
    private readonly HuntOptions _options;
    private readonly NpgsqlDataSource _data;
    private readonly StageTimes _times;
    private readonly HuntViews _views;

    public VisibleIsASpan(Servers servers)
    {
        _options = servers.Options("ingress-1");
        _data = _options.DataSource("test", maxPool: 4, idleInTransaction: null);
        var facts = new FactReader(_data);
        _times = new StageTimes(_clock);
        _views = new HuntViews(new HuntDirectory(facts, _clock, NullLogger<HuntDirectory>.Instance), facts, _times, _clock, NullLogger<HuntViews>.Instance);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TreasureHunt",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Of this test: others run beside it, by other clocks.</summary>
    private IEnumerable<Activity> Spans => _ended.Where(span => span.TraceId == _batch.TraceId || span.StartTimeUtc.Date == Now.UtcDateTime.Date);

    public Task InitializeAsync()
    {
        _views.FeedIsUp();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _data.DisposeAsync();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task It_lies_below_the_batch_and_lasts_from_its_commit_until_the_view_has_it()
    {
        await LookedAtAsync("seen");
        using var consuming = new Activity("consuming").Start();
        Hear(committed: Now, by: _batch, afterMs: 6, "seen");
        var span = Assert.Single(Spans);
        Assert.Equal(("visible", _batch.TraceId, _batch.SpanId, true), (span.DisplayName, span.TraceId, span.ParentSpanId, span.HasRemoteParent));
        Assert.Equal((Now.UtcDateTime.AddMilliseconds(-6), 6.0), (span.StartTimeUtc, span.Duration.TotalMilliseconds));
        Assert.Equal((1, 6.0), (_times.Summary()["visible"].Count, _times.Summary()["visible"].TotalMs));
        Assert.Same(consuming, Activity.Current); // what this thread was doing goes on
    }

    [Fact]
    public async Task There_is_one_for_all_that_was_announced_together_and_none_for_what_nobody_looks_at()
    {
        foreach (var hunt in (string[])["first", "second"]) await LookedAtAsync(hunt);
        await Published.HuntAsync(_options, "ignored");
        Hear(committed: Now, by: _batch, afterMs: 1, "ignored");
        Assert.Empty(Spans);
        Hear(committed: Now, by: _batch, afterMs: 2, "first", "ignored", "second");
        Assert.Equal(2, Assert.Single(Spans).Duration.TotalMilliseconds);
    }

    [Fact]
    public async Task Of_a_batch_that_nobody_sampled_it_is_counted_and_makes_no_span()
    {
        await LookedAtAsync("unsampled");
        Hear(committed: Now, by: null, afterMs: 4, "unsampled");
        Assert.Empty(Spans);
        Assert.Equal(4, _times.Summary()["visible"].TotalMs);
    }

    [Fact]
    public async Task A_processor_whose_clock_is_ahead_makes_it_short_and_never_negative()
    {
        await LookedAtAsync("ahead");
        Hear(committed: Now.AddMilliseconds(500), by: _batch, afterMs: 6, "ahead");
        Assert.InRange(Assert.Single(Spans).Duration, TimeSpan.Zero, TimeSpan.FromMicroseconds(1));
        Assert.Equal((1, 0.0), (_times.Summary()["visible"].Count, _times.Summary()["visible"].TotalMs));
    }

    private async Task LookedAtAsync(string hunt)
    {
        await Published.HuntAsync(_options, hunt);
        Assert.NotNull((await _views.GetAsync(hunt, default)).Keeper);
    }

    /// <param name="by">null: nobody samples at the processor</param>
    private void Hear(DateTimeOffset committed, ActivityContext? by, double afterMs, params string[] hunts)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(afterMs));
        var registered = new TeamRegistered("red") { Stamp = Published.Stamp(Guid.CreateVersion7(), "ada") };
        _views.Hear(new CommittedFacts(
            "processor-1",
            [.. hunts.Select(hunt => new HuntFacts(hunt, 1, 2, new AnnouncedFacts([new VersionedFact(2, registered)])))],
            committed, by is { } batch ? $"00-{batch.TraceId}-{batch.SpanId}-01" : null));
    }
}
