using Microsoft.Extensions.Logging;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>Remembers warnings and worse.</summary>
internal class RecordingLogger : ILogger
{
    public List<string> Warnings { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Warning) return;
        lock (Warnings) Warnings.Add(formatter(state, exception));
    }
}

internal sealed class RecordingLogger<T> : RecordingLogger, ILogger<T>;
