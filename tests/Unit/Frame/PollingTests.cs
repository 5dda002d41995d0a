using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Unit.Frame;

public sealed class PollingTests
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
    private int _asked;

    [Fact]
    public async Task It_asks_until_the_answer_will_do()
    {
        Assert.Equal(5, await Elapse(Polling().UntilAsync(_ => Task.FromResult(++_asked), answer => answer == 5, default)));
        Assert.Equal(5, _asked);
    }

    [Fact]
    public async Task When_the_time_is_over_the_last_answer_stands()
    {
        var last = await Elapse(Polling(TimeSpan.FromSeconds(1)).UntilAsync(_ => Task.FromResult(++_asked), _ => false, default));
        Assert.Equal(last, _asked);
        Assert.InRange(_asked, 5, 11); // each 100 ms
    }

    [Fact]
    public async Task Some_exceptions_are_answers_that_will_not_do_and_others_end_it()
    {
        var polling = Polling();
        Assert.Equal(3, await Elapse(polling.UntilAsync(_ => ++_asked < 3 ? throw new IOException() : Task.FromResult(_asked), _ => true, default, no => no is IOException)));
        await Assert.ThrowsAsync<FormatException>(() => Elapse(polling.UntilAsync<int>(_ => throw new FormatException(), _ => true, default, no => no is IOException)));
    }

    [Fact]
    public async Task When_the_time_is_over_the_last_exception_stands() =>
        await Assert.ThrowsAsync<IOException>(() => Elapse(Polling(TimeSpan.FromSeconds(1)).UntilAsync<int>(_ => throw new IOException(), _ => true, default, _ => true)));

    [Fact]
    public async Task It_can_be_cancelled_while_it_waits()
    {
        using var cancel = new CancellationTokenSource();
        var polling = Polling().UntilAsync(_ => Task.FromResult(++_asked), _ => false, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);
    }

    private Polling Polling(TimeSpan? limit = null) => new(TimeSpan.FromMilliseconds(100), limit, _time);

    private async Task<T> Elapse<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        return await task;
    }
}
