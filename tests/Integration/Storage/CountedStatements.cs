using System.Collections.Concurrent;
using System.Diagnostics;

namespace TreasureHunt.Tests.Integration.Storage;

/// <summary>The statements that are begun between its making and <see cref="NoMore"/>, from the code that runs there.</summary>
internal sealed class CountedStatements : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly Activity _mine = new("mine");
    private readonly ActivityListener _listener;

    public CountedStatements()
    {
        _mine.Start();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> creation) =>
                creation.Parent.TraceId == _mine.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Of those that have ended.</summary>
    public int Count => _ended.Count(activity => activity.Tags.Any(tag => tag is { Key: "db.query.text" or "db.statement", Value.Length: > 0 }));

    public void NoMore() => _mine.Stop();

    public void Dispose()
    {
        _mine.Stop();
        _listener.Dispose();
        _mine.Dispose();
    }
}
