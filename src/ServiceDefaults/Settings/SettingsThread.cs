using System.Collections.Concurrent;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>
/// A thread of its own, for what is started here and all that continues it, one after the other. In a process with more work than
/// cores hundreds of messages wait in the thread pool, and that is just when an operator turns a knob: a change must not wait behind them.
/// </summary>
public sealed class SettingsThread : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _tasks = [];
    private readonly Thread _thread;

    public SettingsThread()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "settings" };
        _thread.Start();
    }

    public override int MaximumConcurrencyLevel => 1;

    public Task RunAsync(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Ends the thread; what still comes runs on the pool.</summary>
    public void Dispose() => _tasks.CompleteAdding();

    protected override void QueueTask(Task task)
    {
        try
        {
            _tasks.Add(task);
        }
        catch (InvalidOperationException)
        {
            ThreadPool.QueueUserWorkItem(late => TryExecuteTask(late), task, preferLocal: false);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => Thread.CurrentThread == _thread && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _tasks.ToArray();

    private void Work()
    {
        foreach (var task in _tasks.GetConsumingEnumerable()) TryExecuteTask(task);
    }
}
