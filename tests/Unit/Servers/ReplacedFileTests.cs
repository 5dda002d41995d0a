using TreasureHunt.Cli.Servers;

namespace TreasureHunt.Tests.Unit.Servers;

/// <summary>A system file we replace for a while is afterwards as it was.</summary>
public sealed class ReplacedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hunt-file-").FullName;

    private string TheFile => Path.Combine(_folder, "policy");

    [Fact]
    public void An_existing_file_comes_back_with_its_content_and_mode()
    {
        File.WriteAllText(TheFile, "original");
        File.SetUnixFileMode(TheFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        using (new ReplacedFile(TheFile, "ours", executable: true))
        {
            Assert.Equal("ours", File.ReadAllText(TheFile));
            Assert.True(File.GetUnixFileMode(TheFile).HasFlag(UnixFileMode.UserExecute));
        }
        Assert.Equal("original", File.ReadAllText(TheFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, File.GetUnixFileMode(TheFile));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_file_that_was_not_there_is_gone_afterwards()
    {
        using (new ReplacedFile(TheFile, "ours", executable: false)) Assert.True(File.Exists(TheFile));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_killed_command_left_is_put_right_by_the_next(bool existed)
    {
        if (existed) File.WriteAllText(TheFile, "original");
        _ = new ReplacedFile(TheFile, "ours", executable: false); // never disposed: the command was killed
        using (new ReplacedFile(TheFile, "ours again", executable: false)) Assert.Equal("ours again", File.ReadAllText(TheFile));
        Assert.Equal(existed ? ["original"] : [], Directory.GetFiles(_folder).Select(File.ReadAllText));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
