using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Cli.Boxes;

/// <summary>
/// The service processes of a box: started, awaited, stopped, and for demos and fault tests killed and frozen.
/// Every change is saved in the box at once. Not thread-safe, except that different processors may be handled at once.
/// </summary>
public sealed class ServiceProcesses(Box box)
{
    public const string Ingress = "ingress-1", Config = "config-1";

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(90), StopPatience = TimeSpan.FromSeconds(20);
    private readonly Lock _gate = new(); // guards box.Services and its file

    private string Programs => Path.Combine(box.Folder, "bin");

    public static string Processor(int number) => $"processor-{number}";

    /// <summary>ConfigService, the ingress and the processors, all at once; returns when all are ready.</summary>
    public async Task StartAllAsync(int processors, CancellationToken cancel)
    {
        CopyPrograms();
        string[] instances = [Config, Ingress, .. Enumerable.Range(1, processors).Select(Processor)];
        var ports = Ports.Free(instances.Length);
        var configService = Address(ports[0]);
        foreach (var (instance, port) in instances.Zip(ports)) Start(instance, Address(port), configService);
        await Screen.StepAsync($"services ({string.Join(", ", instances)})", () => Task.WhenAll(instances.Select(instance => ReadyAsync(instance, cancel))));
    }

    /// <summary>SIGKILL: no goodbye, as when the power goes.</summary>
    public Task KillProcessorAsync(int number) => Find(Processor(number)).Process.KillAsync();

    /// <summary>SIGTERM, and SIGKILL when it does not end in time.</summary>
    public Task StopProcessorAsync(int number) => Find(Processor(number)).Process.StopAsync(StopPatience);

    /// <summary>Starts a processor again (or a further one) and waits until it is ready.</summary>
    public Task StartProcessorAsync(int number, CancellationToken cancel) => StartAsync(Processor(number), cancel);

    /// <summary>Starts an instance that has ended again, at its address, and waits until it is ready.</summary>
    public async Task StartAsync(string instance, CancellationToken cancel)
    {
        var before = box.Services.Find(service => service.Instance == instance);
        if (before is { Process.IsAlive: true }) throw new InvalidOperationException($"{instance} runs already.");
        Start(instance, before?.Address ?? Address(Ports.Free(1)[0]), Find(Config).Address);
        await ReadyAsync(instance, cancel);
    }

    /// <summary>SIGSTOP: frozen, connections open.</summary>
    public void PauseProcessor(int number) => Find(Processor(number)).Process.Pause();

    public void ContinueProcessor(int number) => Find(Processor(number)).Process.Continue();

    public Task KillAsync(string instance) => Find(instance).Process.KillAsync();

    /// <summary>Processors first give their lanes back, then the rest ends.</summary>
    public async Task StopAllAsync()
    {
        var services = box.Services.ToLookup(service => service.Instance.StartsWith("processor-", StringComparison.Ordinal));
        await Task.WhenAll(services[false].Where(service => service.Instance == Ingress).Select(service => service.Process.StopAsync(StopPatience)));
        await Task.WhenAll(services[true].Select(service => service.Process.StopAsync(StopPatience)));
        await Task.WhenAll(services[false].Select(service => service.Process.StopAsync(StopPatience)));
        lock (_gate)
        {
            box.Services.Clear();
            box.Save();
        }
    }

    /// <exception cref="CommandFailed">the process ended or is not ready in time; the message carries the end of its log</exception>
    public async Task ReadyAsync(string instance, CancellationToken cancel)
    {
        var service = Find(instance);
        using var http = new HttpClient { BaseAddress = service.Address, Timeout = TimeSpan.FromSeconds(5) };
        var (ready, ended) = await new Polling(TimeSpan.FromMilliseconds(100), ReadyLimit).UntilAsync(
            async token => (Ready: await IsReadyAsync(http, token), Ended: !service.Process.IsAlive), now => now.Ready || now.Ended, cancel);
        if (ready) return;
        var log = LogOf(instance);
        throw new CommandFailed(ExitCode.Failed,
            $"{instance} {(ended ? "ended while it started" : $"is not ready after {ReadyLimit.TotalSeconds:0} s")}. The end of its log ({log}):\n{Detached.LastLines(log)}");
    }

    public static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready", cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception no) when (no is HttpRequestException or System.Net.Sockets.SocketException // a connection that is gone before the client looks at it comes bare
            || (no is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    public string LogOf(string instance) => Path.Combine(box.Logs, instance + ".log");

    public BoxService Find(string instance)
    {
        lock (_gate)
            return box.Services.Find(service => service.Instance == instance) ?? throw new InvalidOperationException($"This box has no {instance}.");
    }

    private void Start(string instance, Uri address, Uri configService)
    {
        var program = instance switch
        {
            Config => "TreasureHunt.ConfigService.dll",
            Ingress => "TreasureHunt.Ingress.dll",
            _ => "TreasureHunt.Processors.dll",
        };
        var dotnet = Environment.GetEnvironmentVariable("HUNT_DOTNET") is { Length: > 0 } named ? named : "dotnet";
        var process = Detached.Start(
            instance, dotnet, [Path.Combine(Programs, program)], LogOf(instance), Programs,
            BoxEnvironment.Of(box, instance, configService).Append(new("ASPNETCORE_URLS", address.GetLeftPart(UriPartial.Authority))));
        lock (_gate)
        {
            box.Services.RemoveAll(service => service.Instance == instance);
            box.Services.Add(new BoxService(instance, address, process));
            box.Save();
        }
    }

    /// <summary>A box runs the build it was started with: a rebuild must not overwrite files that processes have mapped.</summary>
    private void CopyPrograms()
    {
        if (Directory.Exists(Programs)) Directory.Delete(Programs, recursive: true);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Programs, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static Uri Address(int port) => new($"http://127.0.0.1:{port}");
}
