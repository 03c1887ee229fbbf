namespace FileMonitor.Durable.Tests.State;

/// <summary>Makes, writes, renames and deletes files and directories of a few names at random.</summary>
internal sealed class RandomWriter(string root, int seed)
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    private readonly Random _random = new(seed);

    public void Step()
    {
        try
        {
            var (one, other) = (AnyPath(), AnyPath());
            switch (_random.Next(10))
            {
                case < 4:
                    Directory.CreateDirectory(Path.GetDirectoryName(one)!);
                    File.WriteAllText(one, $"{_random.Next()}");
                    break;
                case < 6:
                    File.AppendAllText(one, "more");
                    break;
                case 6:
                    File.Delete(one);
                    break;
                case 7:
                    File.Move(one, other, overwrite: true);
                    break;
                case 8:
                    Directory.Move(Path.GetDirectoryName(one)!, Path.GetDirectoryName(other)!);
                    break;
                default:
                    Directory.Delete(Path.GetDirectoryName(one)!, recursive: true);
                    Directory.CreateDirectory(root);
                    break;
            }
        }
        catch (Exception expected) when (expected is IOException or UnauthorizedAccessException)
        {
            // What it chose is not there, or in the way.
        }
    }

    /// <summary>Some of the time the disk is quiet.</summary>
    public void Pause(CancellationToken cancellationToken)
    {
        if (_random.Next(20) == 0)
        {
            cancellationToken.WaitHandle.WaitOne(_random.Next(1, 30));
        }
    }

    /// <summary>A file in a directory below the root: never the root itself.</summary>
    private string AnyPath() => Path.Join(root, Name(), _random.Next(2) == 0 ? Name() : Path.Join(Name(), Name()));

    private string Name() => Names[_random.Next(Names.Length)];
}
