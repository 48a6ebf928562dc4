"""lamina train: from raw data to a model file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lamina.cli import options
from lamina.cli.clock import seconds_since_start
from lamina.cli.console import remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.interruption import Interruption
from lamina.cli.joining import joined
from lamina.cli.progress import ProgressBar, reading_bar
from lamina.errors import NonFiniteError, SaveError, SettingError
from lamina.model.saving import checkpoint_path, free_name
from lamina.processes.place import place_of

if TYPE_CHECKING:
    from lamina.data.dataset import Dataset
    from lamina.model.event_log import EventLog
    from lamina.model.following import Follower
    from lamina.model.run import Run
    from lamina.training.records import Measure

SECONDS = {"s": 1, "m": 60, "h": 3600}


def train(
    source: options.Source,
    target: options.Target = None,
    task: options.Task = None,
    names: options.Names = None,
    group: options.Group = None,
    test_where: options.TestWhere = None,
    user: options.User = None,
    item: options.Item = None,
    kinds: options.Kinds = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    header: options.Header = None,
    skip_bad_rows: options.SkipBadRows = False,
    horizon: options.Horizon = None,
    test_steps: options.TestSteps = None,
    window: options.Window = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The model file; NAME.safetensors where not "
                                                "given, and an existing default file is never overwritten.")] = None,
    network: Annotated[str | None, typer.Option(help="A known design: mlp, cnn, lenet5, lstm, sound_cnn ...")] = None,
    layers: Annotated[str | None, typer.Option(help='Your own: "64 relu, dropout 0.2, 64 relu", or with "conv 32 relu, '
                                                    'pool".')] = None,
    epochs: Annotated[int | None, typer.Option(help="How often every training example is seen.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples a step.")] = None,
    learning_rate: Annotated[str | None, typer.Option(help='The largest rate of the run, or "find".')] = None,
    optimizer: Annotated[str | None, typer.Option(help="adam, adamw, momentum, gradient_descent, rmsprop ...")] = None,
    schedule: Annotated[str | None, typer.Option(help="constant, step, exponential, cosine, one_cycle.")] = None,
    loss: Annotated[str | None, typer.Option(help="cross_entropy, hinge, mean_squared_error, huber ...")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Decay of the weights, times the rate.")] = None,
    momentum: Annotated[float | None, typer.Option(help="How much of the earlier direction stays; Adam's b1.")] = None,
    l1: Annotated[float | None, typer.Option(help="Penalty on the size of the weights.")] = None,
    l2: Annotated[float | None, typer.Option(help="Penalty on the squares of the weights.")] = None,
    clip_norm: Annotated[float | None, typer.Option(help="Shorten longer gradients to this.")] = None,
    shift: Annotated[int | None, typer.Option(help="Move pictures at random by up to so many pixels.")] = None,
    flip: Annotated[bool | None, typer.Option(help="Mirror pictures left to right at random.")] = None,
    crop: Annotated[float | None, typer.Option(help="Enlarge parts of pictures; they lack up to this share.")] = None,
    brightness: Annotated[float | None, typer.Option(help="Make pictures brighter or darker at random.")] = None,
    label_smoothing: Annotated[float, typer.Option(help="Share of the certainty spread over all classes.")] = 0.0,
    class_weights: Annotated[bool, typer.Option(help="Give every class the same weight.")] = False,
    patience: Annotated[int | None, typer.Option(help="Stop after so many epochs without a better loss.")] = None,
    split: Annotated[str | None, typer.Option(help="Draw the test part anew, such as 80/20.")] = None,
    seed: Annotated[int, typer.Option(help="Start of the weights, order of the examples, the split.")] = 0,
    seeds: Annotated[int, typer.Option(min=1, max=64, help="Train so many networks together; they answer as one.")] = 1,
    base: Annotated[Path | None, typer.Option("--from", help="Go on from this model with a new last layer.")] = None,
    body_rate: Annotated[float | None, typer.Option(help="With --from: the kept layers learn at this share of the "
                                                         "rate; 0 freezes them.")] = None,
    groups: Annotated[int | None, typer.Option(min=2, help="Of a clustering; as many as fit best without it.")] = None,
    memory: Annotated[str | None, typer.Option(help="What examples may take, such as 2GB; half of what is free without "
                                                    "it. More is kept on disk and streamed.")] = None,
    devices: Annotated[int | None, typer.Option(help="So many devices of the machine share each batch.")] = None,
    compute_type: Annotated[str | None, typer.Option(help="float32, or bfloat16 for accelerators that are faster with "
                                                          "it.")] = None,
    record_layers: Annotated[bool | None, typer.Option("--record-layers", help="Keep how the layers fare; `lamina plot "
                                                       "layers` draws it.")] = None,
    limit: Annotated[str | None, typer.Option("--time", help="Have the model saved after so long: 60s, 5m.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was killed.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Keep the loss of every training example after each epoch "
                                                          "beside the model, for `lamina report`.")] = False,
    tensorboard: Annotated[Path | None, typer.Option(help="Write each epoch's numbers into this folder, as TensorBoard "
                                                          "reads them.")] = None,
    processes: Annotated[str | None, typer.Option(help="So many processes, on any machines, share each batch; "
                                                       "auto for as many as Slurm or MPI started.")] = None,
    process_id: Annotated[int | None, typer.Option(help="Which of them this is, from 0.")] = None,
    coordinator: Annotated[str | None, typer.Option(help="HOST:PORT where process 0 can be reached.")] = None,
    log: Annotated[bool, typer.Option(help="Add the run to lamina-runs.jsonl beside the model file.")] = True,
) -> None:  # fmt: skip
    """Train a network on raw data and save it as one model file.

    \b
    lamina train digits
    lamina train titanic.csv --target Survived
    lamina train sales.csv --target sold --horizon 12
    lamina train pictures.zip -o birds.safetensors
    lamina train mnist/ --network lenet5 --epochs 5 --batch-size 64
    lamina train sounds.zip --names "{class}_{speaker}_{take}" --group speaker
    lamina train french.tsv --task translation
    lamina train digits --time 30s
    lamina train digits --resume
    lamina train digits --processes 2 --process-id 0 --coordinator 10.0.0.7:7000
    """
    from lamina.data.read import read
    from lamina.model.generating import reading_for
    from lamina.model.learning import train as start

    path = output_path(output)
    seconds = parse_seconds(limit)
    design = choose_design(network, layers)
    settings = {
        "epochs": epochs, "batch_size": batch_size, "optimizer": optimizer, "schedule": schedule,
        "weight_decay": weight_decay, "momentum": momentum, "l1": l1, "l2": l2, "clip_norm": clip_norm, "shift": shift,
        "flip": flip, "crop": crop, "brightness": brightness,
        "patience": patience, "seed": seed, "loss": loss, "learning_rate": parse_rate(learning_rate),
        "label_smoothing": label_smoothing, "test_share": parse_split(split),
        "class_weights": "balanced" if class_weights else None, "seeds": seeds if seeds > 1 else None,
        "groups": groups, "base": base, "body_rate": body_rate, "memory": memory,
        "devices": devices, "compute_type": compute_type, "record_layers": record_layers,
    }  # fmt: skip
    reading = {
        "target": target, "task": task, "kinds": options.parse_kinds(kinds), "delimiter": delimiter,
        "encoding": encoding, "header": header, "skip_bad_rows": skip_bad_rows, "names": names, "group": group,
        "test_where": test_where, "user": user, "item": item, "horizon": horizon, "test_steps": test_steps,
        "window": window, "memory": memory,
    }  # fmt: skip
    chosen: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    with joined(place := place_of(processes, process_id, coordinator)) as together:
        fetch_named(source)
        with reading_bar():
            dataset = read(source, **reading_for(design, reading))
        path = path or default_path(dataset.name, resume)
        if learning_rate == "find":
            chosen["learning_rate"] = together.tell(_find_rate(dataset, design, chosen))
        if seconds is not None:
            chosen["seconds"] = seconds - seconds_since_start()
        with reading_bar():
            run = start(dataset, design, checkpoint=checkpoint_path(path), **chosen, processes=place)
        _introduce(run, path, output is None and not resume)
        if resume:
            _resume(run)
        if not together.writes:
            return _accompany(run)
        may_replace = output is not None or resume
        follower = _follower(run) if follow else None
        events = None if tensorboard is None else _events(tensorboard, run)
        _train(run, path, may_replace, follower, events)
        path = _finish(run, path, may_replace)
        if follower is not None:
            _keep(follower, path)
        _end(run, path, seconds, log)


def output_path(output: Path | None) -> Path | None:
    """The file that -o names; its folder must be there before hours of training, not after."""
    if output is None:
        return None
    if output.is_dir():
        raise SaveError(f"-o names the model file; {output} is a folder")
    if not output.parent.is_dir():
        raise SaveError(f"-o names the model file; {output} is in {output.parent}, a folder that does not exist")
    return output if output.suffix else output.with_suffix(".safetensors")


def default_path(name: str, resume: bool) -> Path:
    """NAME.safetensors here; with -2, -3 ... where that file, or an unfinished run of that name, exists already."""
    path = Path(f"{name}.safetensors")
    if resume:
        return unfinished_path(path)
    runs = unfinished_runs(path)
    return free_name(path, lambda candidate: candidate.exists() or candidate in runs)


def unfinished_path(path: Path) -> Path:
    """The model file of the newest unfinished run of a name, with or without a number."""
    runs = unfinished_runs(path)
    return max(runs, key=lambda run: runs[run], default=path)


def unfinished_runs(path: Path) -> dict[Path, float]:
    """The model files of NAME, NAME-2 ... whose runs left a checkpoint, and when each was last written."""
    pattern = re.compile(rf"({re.escape(path.stem)}(-[0-9]+)?)\.checkpoint(-before)?\.safetensors")
    runs: dict[Path, float] = {}
    for found in path.parent.iterdir():
        if match := pattern.fullmatch(found.name):
            run = path.with_name(f"{match[1]}.safetensors")
            runs[run] = max(runs.get(run, 0.0), found.stat().st_mtime)
    return runs


def choose_design(network: str | None, layers: str | None) -> str | None:
    """A design's name, or layers in words."""
    if layers is None:
        return network
    if network is not None:
        raise SettingError("--network names a design and --layers describes one; give one of them")
    return layers


def parse_seconds(text: str | None) -> float | None:
    """60s, 5m, 1h or plain seconds."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if match is None or float(match[1]) == 0:
        raise SettingError(f"--time needs a time such as 60s, 5m or 1h; got {text!r}")
    return float(match[1]) * SECONDS[match[2] or "s"]


def parse_split(text: str | None) -> float | None:
    """80/20 -> 0.2."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if match is None or int(match[1]) + int(match[2]) != 100 or 0 in (int(match[1]), int(match[2])):
        raise SettingError(f"--split needs two shares that make 100, such as 80/20; got {text!r}")
    return int(match[2]) / 100


def parse_rate(text: str | None) -> float | None:
    """A number; "find" is answered later, from the data."""
    if text is None or text == "find":
        return None
    try:
        return float(text)
    except ValueError:
        raise SettingError(f'--learning-rate needs a number such as 0.001, or "find"; got {text!r}') from None


def _find_rate(dataset: Dataset, network: str | None, options: dict[str, Any]) -> float:
    from lamina.model.learning import find_learning_rate

    finding = find_learning_rate(dataset, network, **options)
    remark(f"learning rate {finding.suggestion:.2g}: the loss falls fastest there (tried {len(finding.rates)} rates)")
    return finding.suggestion


def _accompany(run: Run) -> None:
    """Train along in a process that neither speaks nor writes."""
    with Interruption(run.stop):
        for _ in run:
            continue
    if run.stopped:
        raise typer.Exit(Interruption.status(run.stopped))


def _introduce(run: Run, path: Path, named_by_us: bool) -> None:
    """What is learnt, from what, with which network; and where the model goes if not where one expects it."""
    from lamina.model.summary import network_table

    prepared = run.prepared
    for note in (*prepared.memory.said, *prepared.notes):
        remark(note)
    for skipped in prepared.dataset.skipped:
        remark(f"left out {skipped.name}: {skipped.reason}")
    parts = prepared.split
    shape = f"{' x '.join(map(str, prepared.encoder.input_shape))} {prepared.encoder.unit}"
    say(
        f"{prepared.dataset.name}: {len(prepared.dataset):,} examples of {shape}, {parts.description}: "
        f"{len(parts.train):,} training, {len(parts.validation):,} validation, {len(parts.test):,} test"
    )
    say(f"predicting {prepared.task.describe()}")
    for line in network_table(prepared.network, prepared.encoder.input_shape):
        say(line)
    if run.together.count > 1:
        say(f"{run.together.count} processes share each batch of {prepared.settings.batch_size}")
    name = prepared.dataset.name
    if named_by_us and path.stem != name:
        taken = f"{name}.safetensors exists already, or a run of that name can be resumed"
        remark(f"{taken}; this one is saved as {path}")


def _resume(run: Run) -> None:
    last = run.resume()
    for note in run.checkpoint.notes if run.checkpoint is not None else ():
        remark(note)
    say(f"going on after {last}" if last else "going on in the first epoch")


def _save(run: Run, path: Path, may_replace: bool) -> Path:
    """Save the run's model; a default name that another run took meanwhile is left to it."""
    free = path if may_replace else free_name(path)
    if free != path:
        remark(f"another run has saved {path} meanwhile; this one is saved as {free}")
    run.model.save(free)
    return free


def _follower(run: Run) -> Follower:
    from lamina.model.following import Follower

    return Follower(run)


def _events(folder: Path, run: Run) -> EventLog:
    from lamina.model.event_log import EventLog

    return EventLog(folder, run)


def _keep(follower: Follower, path: Path) -> None:
    """Save what was seen of the training examples beside the model; nothing where no epoch has ended."""
    from lamina.model.following import followed_path, save_followed

    if not follower.epochs:
        remark("no epoch has ended, so that there is nothing to keep of the training examples")
        return
    save_followed(follower.followed, followed_path(path))
    say(f"       {follower.followed}")
    say(f"saved  {followed_path(path)}")


def _train(run: Run, path: Path, may_replace: bool, follower: Follower | None, events: EventLog | None) -> None:
    """Train with a line an epoch and a progress bar; a signal ends it after the chunk under way."""
    try:
        with Interruption(run.stop), ProgressBar(run) as bar:
            for before, after in run.chunks():
                bar.show(before, after)
                if after.epochs_done == before.epochs_done:
                    continue
                if follower is not None:
                    follower.look()
                if events is not None:
                    events.write(after.history[-1])
    except NonFiniteError:
        if run.progress.best is not None:
            path = _save(run, path, may_replace)
            remark(f"the best model before that, of epoch {run.progress.best.epoch}, is saved as {path}")
        raise
    finally:
        if events is not None:
            events.close()


def _finish(run: Run, path: Path, may_replace: bool) -> Path:
    """Evaluate, save, and say what was reached; the file that the model was saved as."""
    model = run.model
    path = _save(run, path, may_replace)
    for note in model.record.notes[len(run.prepared.notes) :]:
        remark(note)
    results = "  ".join(f"{m.name} {format_measure(m.name, m.value)}" for m in model.record.results)
    count = len(run.prepared.split.test)
    say(f"test   {results}   ({count:,} examples never trained on)")
    if count and hasattr(run.prepared.task, "classes"):
        say(f"       {interval_of(model.record.results, count)}")
    return path


def _end(run: Run, path: Path, seconds: float | None, log: bool) -> None:
    """Log the run, discard its checkpoint, say where the model is; the exit status tells of a signal."""
    if log:
        _log(run, path)
    if run.stopped:
        say(f"stopped by {run.stopped}; the best model so far is saved as {path}; --resume goes on with the run")
        raise typer.Exit(Interruption.status(run.stopped))
    if run.checkpoint is not None:
        run.checkpoint.discard()
    say(f"saved  {path}   ({path.stat().st_size / 1024:,.0f} KiB)")
    took = seconds_since_start()
    if seconds is not None and took > seconds:
        remark(f"--time {seconds:g}s was too short: reading, compiling and one step alone took {took:.1f} s")


def _log(run: Run, path: Path) -> None:
    """Add the run to the log beside its model file; a log that cannot be written spoils no run."""
    from lamina.model.run_log import append_run, log_path, run_entry

    try:
        append_run(log_path(path), run_entry(run, path, seconds_since_start()))
    except SaveError as error:
        remark(str(error))


def format_measure(name: str, value: float) -> str:
    """A measure as a person reads it."""
    from lamina.training.records import format_number

    return format_number(name, value)


def interval_of(results: Sequence[Measure], count: int) -> str:
    """What the test error tells of the error on many examples."""
    from lamina.training.records import interval_line

    return interval_line(next(measure.value for measure in results if measure.name == "error"), count)
