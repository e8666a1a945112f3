from saliencnn.store.connection import Store
from saliencnn.store.runs import list_runs
from saliencnn.store.studies import STUDY_TAG, study_run


def test_a_study_has_one_run_which_is_no_training_run(any_store: Store) -> None:
    before = [run.run_id for run in list_runs(any_store)]
    first = study_run(any_store, "planted-smallgap-123456")
    assert study_run(any_store, "planted-smallgap-123456") == first
    assert study_run(any_store, 'with "quotes" and it\'s') != first
    assert [run.run_id for run in list_runs(any_store)] == before
    run = any_store.client.get_run(first)
    assert run.data.tags[STUDY_TAG] == "planted-smallgap-123456"
    assert run.info.status == "FINISHED"
