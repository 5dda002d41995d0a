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

/// <summary>ConfigService's watch over the fleet, on a real store and a clock of its own: what operators are woken by.</summary>
public sealed class DriftIsAMetric(Servers servers) : IClassFixture<Servers>
{
    private readonly LookTime _time = new();

    [Fact]
    public async Task Who_is_out_of_step_for_longer_than_the_grace_is_counted_by_standing_until_it_is_in_step_again()
    {
        var options = servers.Options("config-1");
        await SettingsStore.MigrateAsync(options, default);
        await using var data = options.DataSource("test", 5, null);
        await using var store = SettingsStore.Open(data);
        var (settings, receipts) = (new SettingsLog(store, clock: _time), new ReceiptLog(store, StoreCalls.Straight));
        var ask = new ChangeSettings(new Dictionary<string, SettingValue?> { ["lane.window"] = SettingValue.Of(8) }, "narrower");
        var (_, desired) = await settings.DecideAsync(
            situation => SettingsDecider.Decide(situation, ask, new FleetFacts([], 8, 300), null, "ops", _time.GetUtcNow(), approval: false), default);
        await receipts.TakeAsync([Drifting(desired), Refused(desired), InStep(desired, "processor-3")], default);

        using var metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = metrics.GetRequiredService<IMeterFactory>();
        using var watch = new FleetWatch(settings, receipts, _time, meters, NullLogger<FleetWatch>.Instance);
        using var heard = new HeardMetrics(meters);
        await watch.StartAsync(default);
        await _time.LookedAsync(watch);
        for (var second = 0; second < (int)OutOfStep.Grace.TotalSeconds; second++)
        {
            Assert.Equal((0, 0, 0), Drift(heard));
            await NextLookAsync(watch);
        }
        Assert.Equal((1, 0, 1), Drift(heard));

        await receipts.TakeAsync([InStep(desired, "processor-1")], default);
        await NextLookAsync(watch);
        Assert.Equal((0, 0, 1), Drift(heard));
        await receipts.TakeAsync([InStep(desired, "processor-2")], default);
        await NextLookAsync(watch);
        Assert.Equal((0, 0, 0), Drift(heard));
        await watch.StopAsync(default);
    }

    private static (double Drifting, double Behind, double Refused) Drift(HeardMetrics heard) =>
        (heard.Of("hunt.settings.drift", "drifting"), heard.Of("hunt.settings.drift", "behind"), heard.Of("hunt.settings.drift", "refused"));

    private async Task NextLookAsync(FleetWatch watch)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        await _time.LookedAsync(watch);
    }

    private SettingsReceipt InStep(SettingsState desired, string instance) => new(
        instance, "processors", desired.Version, desired.Version, ReceiptStatus.Applied,
        SettingsSchema.Effective(desired.Values, new SettingsSubject("processors", instance)).ToDictionary(value => value.Key, value => value.Value), _time.GetUtcNow(), 1);

    private SettingsReceipt Drifting(SettingsState desired)
    {
        var receipt = InStep(desired, "processor-1");
        return receipt with { Effective = new Dictionary<string, SettingValue>(receipt.Effective) { ["lane.window"] = SettingValue.Of(4) } };
    }

    private SettingsReceipt Refused(SettingsState desired) => InStep(desired, "processor-2") with { InForce = 0, Status = ReceiptStatus.Refused, Reason = "not eight" };

    /// <summary>A clock that knows when the watch has looked: it then waits for it.</summary>
    private sealed class LookTime : FakeTimeProvider
    {
        private readonly SemaphoreSlim _waits = new(0);

        public async Task LookedAsync(FleetWatch watch)
        {
            for (var tries = 0; !await _waits.WaitAsync(20); tries++)
            {
                Assert.True(tries < 1500, "It has not looked for 30 s.");
                watch.Answered(); // else it looks every two seconds of another clock
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Release();
            return timer;
        }
    }
}
