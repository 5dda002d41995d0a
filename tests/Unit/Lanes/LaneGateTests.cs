using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public class LaneGateTests
{
    private readonly LiveSettings _settings = new(With(concurrency: 2));

    [Fact]
    public async Task No_more_lanes_work_at_once_than_the_setting_says()
    {
        var gate = new LaneGate(_settings);
        await gate.EnterAsync(default);
        await gate.EnterAsync(default);
        var third = gate.EnterAsync(default);
        Assert.False(third.IsCompleted);

        gate.Exit();
        await third.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, gate.Inside);
    }

    [Fact]
    public async Task A_higher_limit_lets_waiters_in_at_once()
    {
        var gate = new LaneGate(_settings);
        await gate.EnterAsync(default);
        await gate.EnterAsync(default);
        var (third, fourth) = (gate.EnterAsync(default), gate.EnterAsync(default));

        _settings.Replace(With(concurrency: 3));
        await third.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.False(fourth.IsCompleted);
    }

    [Fact]
    public async Task A_lower_limit_holds_from_the_next_entry_on()
    {
        var gate = new LaneGate(_settings);
        await gate.EnterAsync(default);
        await gate.EnterAsync(default);
        _settings.Replace(With(concurrency: 1));
        var third = gate.EnterAsync(default);

        gate.Exit();
        Assert.False(third.IsCompleted);
        gate.Exit();
        await third.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task While_paused_nobody_enters_and_then_everybody_may()
    {
        _settings.Replace(With(concurrency: 2, paused: true));
        var gate = new LaneGate(_settings);
        var first = gate.EnterAsync(default);
        Assert.False(first.IsCompleted);

        _settings.Replace(With(concurrency: 2));
        await first.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_waiter_that_gave_up_takes_no_place()
    {
        _settings.Replace(With(concurrency: 0));
        var gate = new LaneGate(_settings);
        using var giveUp = new CancellationTokenSource();
        var first = gate.EnterAsync(giveUp.Token);
        var second = gate.EnterAsync(default);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        _settings.Replace(With(concurrency: 1));
        await second.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(1, gate.Inside);
    }

    private static Contracts.Settings.Settings With(int concurrency, bool paused = false) =>
        SettingsSchema.Defaults with { Lane = SettingsSchema.Defaults.Lane with { Concurrency = concurrency, Paused = paused } };
}
