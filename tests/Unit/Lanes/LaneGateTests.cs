using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public class LaneGateTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly LiveSettings _settings = new(With(concurrency: 2));

    [Fact]
    public void An_open_gate_lets_everybody_in_at_once()
    {
        var gate = new LaneGate(_settings);
        Assert.True(gate.IsOpen);
        Assert.True(gate.OpenAsync(default).IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(0, false)]
    public async Task While_paused_or_at_zero_nobody_enters_and_then_everybody_may(int concurrency, bool paused)
    {
        var gate = new LaneGate(_settings);
        _settings.Replace(With(concurrency, paused));
        var (first, second) = (gate.OpenAsync(default), gate.OpenAsync(default));
        Assert.False(gate.IsOpen || first.IsCompleted || second.IsCompleted);
        _settings.Replace(With(concurrency, paused)); // something else changed
        Assert.False(first.IsCompleted);

        _settings.Replace(With(concurrency: 2));
        await Task.WhenAll(first, second).WaitAsync(Soon);
        Assert.True(gate.IsOpen);
        Assert.True(gate.OpenAsync(default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_waiter_may_give_up_and_the_others_go_on_waiting()
    {
        _settings.Replace(With(concurrency: 0));
        var gate = new LaneGate(_settings);
        using var giveUp = new CancellationTokenSource();
        var (first, second) = (gate.OpenAsync(giveUp.Token), gate.OpenAsync(default));
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(second.IsCompleted);

        _settings.Replace(With(concurrency: 1));
        await second.WaitAsync(Soon);
    }

    private static Contracts.Settings.Settings With(int concurrency, bool paused = false) =>
        SettingsSchema.Defaults with { Lane = SettingsSchema.Defaults.Lane with { Concurrency = concurrency, Paused = paused } };
}
