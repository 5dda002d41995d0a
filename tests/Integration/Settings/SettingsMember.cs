using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog.Core;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>A process of the fleet as far as settings go, in this process, with a connection of its own.</summary>
internal sealed class SettingsMember : IAsyncDisposable
{
    private readonly IHost _host;

    private SettingsMember(HuntOptions options, SettingsGovernor? governor)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new LoggingLevelSwitch());
        builder.Logging.AddProvider(Log);
        builder.AddLiveSettings("processors");
        if (governor is not null) builder.Services.AddSingleton(governor);
        _host = builder.Build();
        Live = _host.Services.GetRequiredService<LiveSettings>();
        Level = _host.Services.GetRequiredService<LoggingLevelSwitch>();
    }

    public static async Task<SettingsMember> StartAsync(HuntOptions options, SettingsGovernor? governor = null)
    {
        var member = new SettingsMember(options, governor);
        await member._host.StartAsync();
        return member;
    }

    public LiveSettings Live { get; }
    public LoggingLevelSwitch Level { get; }
    public MemoryLog Log { get; } = new();
    public T Service<T>() where T : notnull => _host.Services.GetRequiredService<T>();
    public SettingsStatus Status => _host.Services.GetRequiredService<SettingsStatus>();
    public string File => _host.Services.GetRequiredService<SettingsFile>().Path;

    public Task AtVersionAsync(long version) => Eventually.Async(() => Live.Current.Version == version, $"version {version}, is at {Live.Current.Version}");

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

internal sealed class MemoryLog : ILoggerProvider, ILogger
{
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Warnings
    {
        get { lock (_warnings) return [.. _warnings]; }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        lock (_warnings) _warnings.Add(formatter(state, exception));
    }

    public void Dispose() { }
}

internal static class Eventually
{
    public static async Task Async(Func<bool> condition, string what, int seconds = 30)
    {
        for (var i = 0; i < seconds * 50; i++)
        {
            if (condition()) return;
            await Task.Delay(20);
        }
        Assert.Fail($"Not reached within {seconds} s: {what}");
    }
}
