using System.Text;
using PowerPlanner.Control;

namespace PlannerHost.Hosting;

/// <summary>A deployment's snapshot on disk. At every instant the file is an old snapshot or a new one, whole: it is written beside and then renamed.</summary>
internal sealed class SnapshotFile
{
    // Snapshots are a few KiB; what is larger is no snapshot.
    private const long MaxBytes = 16 * 1024 * 1024;

    private string? _written;

    /// <param name="folder">The folder; created where it is missing.</param>
    /// <param name="deployment">Name of the deployment, made fit for a file's name.</param>
    public SnapshotFile(string folder, string deployment) => Location = Path.Combine(folder, Uri.EscapeDataString(deployment) + ".snapshot.json");

    public string Location { get; }

    /// <summary>The snapshot; null where there is none.</summary>
    /// <exception cref="InvalidSnapshotException">The file is damaged, or no snapshot.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public async Task<ControllerSnapshot?> LoadAsync(CancellationToken cancellationToken)
    {
        var file = new FileInfo(Location);
        if (!file.Exists)
        {
            return null;
        }

        return file.Length <= MaxBytes
            ? ControllerSnapshot.FromJson(await File.ReadAllTextAsync(Location, cancellationToken).ConfigureAwait(false))
            : throw new InvalidSnapshotException($"'{Location}' has {file.Length} bytes; a snapshot has at most {MaxBytes}.");
    }

    /// <summary>Writes a snapshot, unless it is the one that was written last.</summary>
    /// <exception cref="IOException">It cannot be written; the old one is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public async Task SaveAsync(ControllerSnapshot snapshot, CancellationToken cancellationToken)
    {
        var json = snapshot.ToJson();
        if (json == _written)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Location)!);
        var beside = Location + ".tmp";
        var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None);
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(json), cancellationToken).ConfigureAwait(false);

            // On disk before the rename is: else a crash of the machine leaves the new name with nothing in it.
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, Location, overwrite: true);
        _written = json;
    }

    /// <summary>Puts a damaged snapshot aside, so that someone can look at it and no next one overwrites it.</summary>
    /// <returns>Where it lies now.</returns>
    public string PutAside()
    {
        var aside = Location + ".damaged";
        File.Move(Location, aside, overwrite: true);
        return aside;
    }
}
