using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Unit.Settings;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>What waits, what ought to be over and what was done alone, as ConfigService counts it; on a real store and a clock of its own.</summary>
public sealed class WhatIsDueIsAMetric(Servers servers) : IClassFixture<Servers>
{
    private static readonly FleetFacts Fleet = new([], Lanes: 8, DatabaseConnections: 300);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Proposals_are_counted_while_they_are_open_broken_glass_once_and_values_that_cannot_end_until_they_can()
    {
        var options = servers.Options("config-1");
        await SettingsStore.MigrateAsync(options, default);
        await using var data = options.DataSource("test", 5, null);
        await using var store = SettingsStore.Open(data);
        var (log, receipts) = (new SettingsLog(store, clock: _time), new ReceiptLog(store, StoreCalls.Straight));
        using var metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = metrics.GetRequiredService<IMeterFactory>();
        using var due = new SettingsDue(log, new FleetKnowledge(store, StoreCalls.Straight, receipts, options, _time), _time, meters, NullLogger<SettingsDue>.Instance);
        using var heard = new HeardMetrics(meters);
        Assert.Equal((0, 0, 0), Counted());

        await AskAsync("lane.batchCap", 64, at: _time.GetUtcNow().AddHours(1));
        await AskAsync("lane.concurrency", 4); // for a second person
        Assert.Equal((2, 0, 0), Counted());
        await AskAsync("lane.concurrency", 3, glass: "nobody else is awake");
        Assert.Equal((2, 1, 0), Counted());
        await PassAsync(TimeSpan.FromHours(1));
        Assert.Equal((1, 1, 0), Counted());
        await PassAsync(SettingsProposal.MaxWait); // nobody came
        Assert.Equal((0, 1, 0), Counted());

        await AskAsync("lane.prefetch", 200);
        await AskAsync("lane.prefetch", 20, lasting: TimeSpan.FromMinutes(30));
        await HearAsync(memoryMiB: 64); // too little for the 200 that were there before
        await PassAsync(TimeSpan.FromMinutes(29));
        Assert.Equal((0, 1, 0), Counted());
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 1, 1), Counted());
        Assert.Contains("64 MiB", Assert.Single(due.Overdue).Value);
        await HearAsync(memoryMiB: 8192);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 1, 0), Counted());
        Assert.Equal(SettingValue.Of(200), log.LastRead.State.Values.Find("fleet", "lane.prefetch"));

        (double Proposals, double BreakGlass, double Overdue) Counted() =>
            (heard.Of("hunt.settings.proposals"), heard.Of("hunt.settings.break_glass"), heard.Of("hunt.settings.overdue"));

        async Task AskAsync(string key, int value, DateTimeOffset? at = null, TimeSpan? lasting = null, string? glass = null)
        {
            var ask = new ChangeSettings(
                new Dictionary<string, SettingValue?> { [key] = SettingValue.Of(value) }, "test", At: at, ForSeconds: (int?)lasting?.TotalSeconds, BreakGlass: glass);
            var (decision, _) = await log.DecideAsync(situation => SettingsDecider.Decide(situation, ask, Fleet, null, "anna", _time.GetUtcNow(), approval: true), default);
            Assert.True(decision is SettingsDecision.Changed or SettingsDecision.Planned, $"{decision}");
        }

        async Task PassAsync(TimeSpan time)
        {
            _time.Advance(time);
            await due.RunDueAsync(default);
        }

        Task HearAsync(long memoryMiB) => receipts.TakeAsync(
            [new("processor-1", "processors", 1, 1, ReceiptStatus.Applied, new Dictionary<string, SettingValue>(), _time.GetUtcNow(), 1, MemoryMiB: memoryMiB)], default);
    }
}
