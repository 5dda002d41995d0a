using Microsoft.Extensions.Time.Testing;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class OutOfStepTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly OutOfStep _out;

    public OutOfStepTests() => _out = new OutOfStep(_time);

    [Theory, InlineData(Standing.Behind), InlineData(Standing.Drifting), InlineData(Standing.Refused)]
    public void A_process_is_an_alert_when_it_has_been_out_of_step_for_the_grace_and_no_longer_when_it_is_back(Standing standing)
    {
        Assert.Empty(Look(5, (standing, 4)));
        _time.Advance(OutOfStep.Grace - TimeSpan.FromSeconds(1));
        Assert.Empty(Look(5, (standing, 4)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([("processor-1", standing)], Look(5, (standing, 4)));
        Assert.Empty(Look(5, (Standing.InStep, 5)));
        Assert.Empty(Look(6, (standing, 5)));
    }

    [Fact]
    public void Who_follows_changes_that_come_one_after_the_other_is_none_though_always_behind_the_last()
    {
        for (var desired = 10; desired < 1_000; desired += 10)
        {
            Assert.Empty(Look(desired, (Standing.Behind, desired - 3)));
            _time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public void Who_stands_still_meanwhile_is_one()
    {
        for (var desired = 10; desired <= 60; desired += 10)
        {
            Assert.Equal(desired == 60, Look(desired, (Standing.Behind, 7)).Count == 1);
            _time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public void Who_is_away_is_none()
    {
        Look(5, (Standing.Away, 4));
        _time.Advance(2 * OutOfStep.Grace);
        Assert.Empty(Look(5, (Standing.Away, 4)));
    }

    private IReadOnlyList<(string Instance, Standing Standing)> Look(long desired, params (Standing Standing, long InForce)[] fleet) => _out.Look(
        [
            .. fleet.Select((one, i) => new FleetInstance(
                new SettingsReceipt($"processor-{i + 1}", "processors", one.InForce, one.InForce, ReceiptStatus.Applied, new Dictionary<string, SettingValue>(), _time.GetUtcNow(), 1), one.Standing, [])),
        ], desired);
}
