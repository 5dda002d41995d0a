using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-settings-").FullName;
    private readonly RecordingLogger _log = new();
    private readonly SettingsFile _file;
    private readonly SettingsState _state = new(7, SettingsSchema.DefaultValues.With(SettingsScope.Fleet, "lane.batchCap", SettingValue.Of(64)));

    private static readonly SettingsSubject Subject = new("processors", "p-1");

    public SettingsFileTests() => _file = new SettingsFile(SettingsFile.PathOf(Path.Combine(_folder, "not-yet"), Subject), Subject, _log);

    [Fact]
    public void What_was_written_is_read_again()
    {
        _file.Write(_state);
        _file.Write(_state with { Version = 8 });
        var read = _file.Read();
        Assert.Equal(8, read.Version);
        Assert.Equal(_state.Values, read.Values);
        Assert.Equal(["settings.processors.p-1.json"], Directory.GetFiles(Path.GetDirectoryName(_file.Path)!).Select(Path.GetFileName));
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void Without_a_file_the_defaults_hold_and_nobody_is_warned()
    {
        Assert.Same(SettingsState.Initial, _file.Read());
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void However_the_file_is_cut_off_or_changed_it_never_gives_other_values_than_were_written()
    {
        _file.Write(_state);
        var bytes = File.ReadAllBytes(_file.Path);
        for (var length = 0; length < bytes.Length - 2; length++) Harmless(bytes[..length]);
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= 1;
            Harmless(changed);
        }

        void Harmless(byte[] content)
        {
            File.WriteAllBytes(_file.Path, content);
            _log.Warnings.Clear();
            var read = _file.Read();
            if (read == SettingsState.Initial) Assert.Contains(_file.Path, Assert.Single(_log.Warnings));
            else Assert.Equal((_state.Version, _state.Values), (read.Version, read.Values)); // a space turned into another one, say
        }
    }

    [Fact]
    public void Values_this_release_does_not_accept_are_ignored_with_the_reason()
    {
        _file.Write(_state with { Values = _state.Values.With(SettingsScope.Fleet, "lane.window", SettingValue.Of(100_000)) });
        Assert.Same(SettingsState.Initial, _file.Read());
        Assert.Contains("lane.window", Assert.Single(_log.Warnings));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
