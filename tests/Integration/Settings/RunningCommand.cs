using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>./hunt that goes on until somebody presses Ctrl-C, read line by line while it runs.</summary>
internal sealed class RunningCommand(Process process, string typed) : IAsyncDisposable
{
    private const int SigInt = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly StringBuilder _said = new(), _noted = new();

    /// <inheritdoc cref="TypedCommand.RunAsync"/>
    public static RunningCommand Start(HuntOptions options, string who, params string[] words) =>
        new(TypedCommand.Start(options, who, words), string.Join(' ', words));

    /// <summary>The next line of standard output.</summary>
    public Task<string> NextAsync() => SaysAsync(_ => true);

    /// <summary>The next line of standard output that will do; those before it are passed over.</summary>
    public Task<string> SaysAsync(Func<string, bool> wanted) => ReadAsync(process.StandardOutput, _said, wanted);

    /// <summary>The next line of standard error.</summary>
    public Task<string> NotesAsync() => ReadAsync(process.StandardError, _noted, _ => true);

    /// <summary>Ctrl-C, and how it ended; with all that was said from the beginning.</summary>
    public async Task<TypedCommand> InterruptAsync()
    {
        Assert.False(process.HasExited, $"{this} has ended by itself.");
        Assert.Equal(0, kill(process.Id, SigInt));
        return await EndsAsync();
    }

    /// <summary>How it ended, by itself.</summary>
    public async Task<TypedCommand> EndsAsync()
    {
        var (said, noted) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new TypedCommand(typed, (ExitCode)process.ExitCode, $"{_said}{await said}", $"{_noted}{await noted}");
    }

    private async Task<string> ReadAsync(StreamReader from, StringBuilder kept, Func<string, bool> wanted)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            while (await from.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                kept.Append(line).Append('\n');
                if (wanted(line)) return line;
                if (clock.Elapsed > Patience) throw new TimeoutException();
            }
            throw new InvalidOperationException($"{this} has ended, and this is still missing. It noted: {await process.StandardError.ReadToEndAsync()}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{this} has not said within {Patience} what is waited for.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    public override string ToString() => $"hunt {typed}:\n{_said}\n{_noted}\n";

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
