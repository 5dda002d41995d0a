using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Tests.Unit.Stages;

public sealed class StageTimesTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly StageTimes _times;

    public StageTimesTests() => _times = new StageTimes(_clock);

    [Fact]
    public void A_stage_is_told_with_its_count_its_percentiles_its_longest_and_its_sum()
    {
        for (var ms = 1; ms <= 100; ms++) Record(Stage.Queued, ms);
        var queued = _times.Summary()["queued"];
        Assert.Equal((100, 100.0, 5050.0), (queued.Count, queued.MaxMs, queued.TotalMs));
        Assert.InRange(queued.P50Ms, 50, 50 * 17 / 16.0);
        Assert.InRange(queued.P99Ms, 99, 100);
    }

    [Fact]
    public void Stages_are_kept_apart_and_those_nothing_was_recorded_of_are_left_out()
    {
        Record(Stage.Decided, 3);
        Record(Stage.Accepted, 1);
        Assert.Equal(["accepted", "decided"], _times.Summary().Keys);
    }

    [Fact]
    public void What_is_older_than_a_minute_is_forgotten()
    {
        Record(Stage.Waiting, 500);
        _clock.Advance(TimeSpan.FromSeconds(StageTimes.WindowSeconds - 11));
        Record(Stage.Waiting, 5);
        Assert.Equal((2, 500.0), (_times.Summary()["waiting"].Count, _times.Summary()["waiting"].MaxMs));
        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal((1, 5.0), (_times.Summary()["waiting"].Count, _times.Summary()["waiting"].MaxMs));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new StageSummary(0, 0, 0, 0, TotalMs: 505), _times.Summary()["waiting"]);
    }

    [Fact]
    public void Clocks_that_differ_make_nothing_negative_and_an_hour_is_not_cut_off()
    {
        Record(Stage.Queued, -3);
        Assert.Equal((0.0, 0.0), (_times.Summary()["queued"].MaxMs, _times.Summary()["queued"].TotalMs));
        Record(Stage.Queued, 3_600_000);
        Assert.Equal((3_600_000.0, 3_600_000.0), (_times.Summary()["queued"].P99Ms, _times.Summary()["queued"].MaxMs));
    }

    [Fact]
    public void Any_value_is_known_within_a_sixteenth()
    {
        for (long value = 0; value < LogBuckets.MaxValue; value += 1 + (value / 37))
        {
            var bucket = LogBuckets.Of(value);
            Assert.InRange(bucket, 0, LogBuckets.Count - 1);
            Assert.InRange(LogBuckets.UpperOf(bucket), value, value + (value / 16));
            Assert.Equal(bucket, LogBuckets.Of(LogBuckets.UpperOf(bucket)));
            Assert.Equal(Math.Min(bucket + 1, LogBuckets.Count - 1), LogBuckets.Of(LogBuckets.UpperOf(bucket) + 1));
        }
        Assert.Equal(LogBuckets.Count - 1, LogBuckets.Of(long.MaxValue));
    }

    [Fact]
    public async Task Recorded_by_many_threads_nothing_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 1; i <= 10_000; i++) _times.Record(Stage.Committed, TimeSpan.FromMicroseconds((i * 4) + thread));
        })));
        var committed = _times.Summary()["committed"];
        Assert.Equal((40_000, 40.003), (committed.Count, committed.MaxMs));
    }

    [Fact]
    public void The_metric_carries_the_stage_as_its_tag()
    {
        var heard = new List<(double Ms, string Stage)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "hunt.stage.duration") listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, ms, tags, _) =>
        {
            lock (heard) heard.Add((ms, (string)tags[0].Value!));
        });
        listener.Start();
        Record(Stage.Told, 1234.5);
        lock (heard) Assert.Contains((1234.5, "told"), heard);
    }

    private void Record(Stage stage, double ms) => _times.Record(stage, TimeSpan.FromMilliseconds(ms));
}
