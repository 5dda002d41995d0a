using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Polly.Timeout;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.Tests.Unit.Resilience;

public sealed class LivePipelineTests
{
    private static readonly CallPolicy Policy = new(3, Ms(50), Ms(1000), Ms(2000), 50, Ms(1000), 20);

    private readonly FakeTimeProvider _time = new();
    private int _attempts;

    [Fact]
    public async Task What_fails_is_tried_again_after_growing_delays_and_then_given_up()
    {
        var pipeline = Make(Policy);
        await Assert.ThrowsAsync<IOException>(() => Elapse(Fail(pipeline)));
        Assert.Equal(3, _attempts);
    }

    [Fact]
    public async Task An_answer_is_an_answer_however_unwelcome()
    {
        var pipeline = Make(Policy);
        await Assert.ThrowsAsync<FormatException>(() => Elapse(pipeline.ExecuteAsync((_, _) => Attempt(new FormatException()), 0, default).AsTask()));
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task Once_is_once_with_the_same_breaker_and_timeout()
    {
        var pipeline = Make(Policy);
        await Assert.ThrowsAsync<IOException>(() => Elapse(pipeline.OnceAsync((_, _) => Attempt(new IOException()), 0, default).AsTask()));
        Assert.Equal(1, _attempts);
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => Elapse(pipeline.OnceAsync(Hang, 0, default).AsTask()));
    }

    [Theory, InlineData(true, 3), InlineData(false, 1)]
    public async Task A_silent_server_is_asked_again_only_where_that_helps(bool retriesTimeouts, int attempts)
    {
        var pipeline = new LivePipeline("test", Policy, new CallFailures(e => e is IOException, retriesTimeouts), _time);
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => Elapse(pipeline.ExecuteAsync(Hang, 0, default).AsTask()));
        Assert.Equal(attempts, _attempts);
    }

    [Fact]
    public async Task Another_timeout_holds_for_the_next_call()
    {
        var pipeline = Make(Policy with { Attempts = 1 });
        var slow = pipeline.ExecuteAsync(Hang, 0, default).AsTask();
        Assert.True(pipeline.Change(Policy with { Attempts = 1, Timeout = Ms(100) }));
        var fast = pipeline.ExecuteAsync(Hang, 0, default).AsTask();
        _time.Advance(Ms(150));
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => fast);
        Assert.False(slow.IsCompleted); // what is under way ends as it began
        _time.Advance(Ms(2000));
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => slow);
    }

    [Fact]
    public async Task Numbers_that_did_not_change_leave_the_breaker_what_it_knows_and_others_begin_anew()
    {
        var pipeline = Make(Policy with { Attempts = 1 });
        await OpenBreakerAsync(pipeline);
        Assert.False(pipeline.Change(Policy with { Attempts = 1 }));
        await Assert.ThrowsAsync<BrokenCircuitException>(() => Fail(pipeline));

        Assert.True(pipeline.Change(Policy with { Attempts = 1, Timeout = Ms(3000) }));
        await Assert.ThrowsAsync<IOException>(() => Fail(pipeline));
    }

    [Fact]
    public async Task An_open_breaker_fails_at_once_without_retries_and_lets_one_through_after_its_time()
    {
        var pipeline = Make(Policy);
        await OpenBreakerAsync(pipeline);
        _attempts = 0;
        await Assert.ThrowsAsync<BrokenCircuitException>(() => Fail(pipeline)); // no time passes: it did not wait
        Assert.Equal(0, _attempts);
        _time.Advance(Ms(1100));
        await pipeline.ExecuteAsync((_, _) => Attempt(null), 0, default);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task Under_a_storm_the_budget_holds()
    {
        const int calls = 1000;
        var pipeline = Make(Policy with { Attempts = 10, RetryBudget = 10, FailureRatio = 100, FirstDelay = Ms(1), MaxDelay = Ms(1) });
        var ok = 0; // one success in a while, so that the breaker stays closed and only the budget speaks
        for (var call = 0; call < calls; call++)
        {
            if (call % 4 == 0) await pipeline.ExecuteAsync((_, _) => { ok++; return ValueTask.CompletedTask; }, 0, default);
            else await Assert.ThrowsAsync<IOException>(() => Elapse(Fail(pipeline), Ms(1)));
        }
        var failing = calls - ok;
        var retries = _attempts - failing;
        var seconds = (int)(_time.GetUtcNow() - _time.Start).TotalSeconds;
        Assert.InRange(retries, calls / 10, calls / 10 + RetryBudget.Reserve + seconds * RetryBudget.PerSecond + 1);
    }

    [Theory]
    [InlineData(2000, 1000, 1000, "longer than test.maxDelay")] // ours
    [InlineData(50, 1000, 1, "BreakDuration")] // Polly's own validation
    public async Task Numbers_that_make_no_pipeline_leave_the_old_one_in_force(int first, int max, int breakDuration, string why)
    {
        var pipeline = Make(Policy);
        var refused = Assert.Throws<ArgumentException>(() => pipeline.Change(Policy with { FirstDelay = Ms(first), MaxDelay = Ms(max), BreakDuration = Ms(breakDuration) }));
        Assert.Contains(why, refused.Message);
        Assert.Contains("stays as it was", refused.Message);
        Assert.Equal(Policy, pipeline.Policy);
        await Assert.ThrowsAsync<IOException>(() => Elapse(Fail(pipeline)));
        Assert.Equal(3, _attempts);
    }

    [Fact]
    public async Task A_bad_pipeline_is_refused_by_name_and_keeps_no_good_one_back()
    {
        var defaults = SettingsSchema.Defaults;
        var pipelines = new LivePipelines(new LiveSettings(defaults), _time);
        var bad = defaults with { Store = defaults.Store with { FirstDelay = Ms(5000) }, Config = defaults.Config with { Attempts = 2 } };
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => pipelines.ApplyAsync(bad, default));
        Assert.Contains("store", refused.Message);
        Assert.Equal(defaults.Store, pipelines.Store.Policy);
        Assert.Equal(2, pipelines.Config.Policy.Attempts);

        var effective = await pipelines.ApplyAsync(defaults with { Broker = defaults.Broker with { Timeout = Ms(700) } }, default);
        Assert.Equal("700", effective["broker.timeout"].Text);
        Assert.Equal("5", effective["config.attempts"].Text);
        Assert.Equal(SettingsSchema.Broker.All.Concat(SettingsSchema.Config.All).Concat(SettingsSchema.Store.All).Select(setting => setting.Key).Order(), effective.Keys.Order());
    }

    [Fact]
    public void A_process_starts_with_the_defaults_when_its_file_makes_no_pipeline()
    {
        var defaults = SettingsSchema.Defaults;
        var pipelines = new LivePipelines(new LiveSettings(defaults with { Store = defaults.Store with { FirstDelay = Ms(5000) } }), _time);
        Assert.Equal(defaults.Store, pipelines.Store.Policy);
    }

    [Fact]
    public async Task What_happens_shows_in_the_metrics_that_the_settings_name()
    {
        var seen = new HashSet<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Polly") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) =>
        {
            var tag = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString());
            lock (seen) seen.Add($"{instrument.Name} (pipeline.name={tag.GetValueOrDefault("pipeline.name")}) {tag.GetValueOrDefault("event.name")}");
        });
        listener.Start();

        var pipeline = new LivePipeline("store", Policy, new CallFailures(e => e is IOException), _time);
        await Assert.ThrowsAsync<IOException>(() => Elapse(Fail(pipeline)));
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => Elapse(pipeline.OnceAsync(Hang, 0, default).AsTask()));
        await OpenBreakerAsync(pipeline, enough: 20);

        lock (seen)
        {
            Assert.Contains($"{SettingsSchema.Store.Attempts.Metric} OnRetry", seen);
            Assert.Contains($"{SettingsSchema.Store.Timeout.Metric} OnTimeout", seen);
            Assert.Contains($"{SettingsSchema.Store.FailureRatio.Metric} OnCircuitOpened", seen);
        }
    }

    private LivePipeline Make(CallPolicy policy) => new("test", policy, new CallFailures(e => e is IOException), _time);

    private Task Fail(LivePipeline pipeline) => pipeline.ExecuteAsync((_, _) => Attempt(new IOException()), 0, default).AsTask();

    private async ValueTask Attempt(Exception? failure)
    {
        _attempts++;
        await Task.CompletedTask;
        if (failure is not null) throw failure;
    }

    private async ValueTask Hang(int state, CancellationToken cancel)
    {
        _attempts++;
        await Task.Delay(Timeout.Infinite, cancel);
    }

    private async Task OpenBreakerAsync(LivePipeline pipeline, int enough = LivePipeline.BreakerMinAttempts)
    {
        for (var call = 0; call < enough; call++)
            await Assert.ThrowsAnyAsync<Exception>(() => pipeline.OnceAsync((_, _) => Attempt(new IOException()), 0, default).AsTask());
    }

    /// <summary>Lets time pass until it is done.</summary>
    private async Task Elapse(Task task, TimeSpan? step = null)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(step ?? Ms(100));
            await Task.Yield();
        }
        await task;
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
